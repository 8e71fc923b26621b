import type { AttributeValue } from "../attribute-value.ts";
import { copyOf, textAt } from "../text.ts";
import { findKey, isTextAt, plainValueStart } from "./find-key.ts";
import { keyAt } from "./key-at.ts";
import { BYTES, FIXED64, type FieldCursor, fieldsOf, readField, VARINT } from "./read-field.ts";
import { int64At } from "./read-varint.ts";

// Tags (field number * 8 + wire type) of AnyValue's alternatives.
const STRING_TAG = 1 * 8 + BYTES;
const BOOL_TAG = 2 * 8 + VARINT;
const INT_TAG = 3 * 8 + VARINT;
const DOUBLE_TAG = 4 * 8 + FIXED64;
const ARRAY_TAG = 5 * 8 + BYTES;
const LIST_TAG = 6 * 8 + BYTES;
const BYTES_TAG = 7 * 8 + BYTES;

const EMPTY = new Uint8Array(0);

/** Puts the KeyValue in `[start, end)` into `map`; the bytes have to be checked before. */
export function readKeyValue(
  bytes: Uint8Array,
  start: number,
  end: number,
  map: Map<string, AttributeValue>,
): void {
  const value = plainValueStart(bytes, start, end);
  const plain = value === 0 ? undefined : readShortValue(bytes, value, end);
  if (plain !== undefined) {
    map.set(keyAt(bytes, start + 2, value - 2), plain);
    return;
  }
  const field = fieldsOf(bytes, start, end);
  let key = "";
  const parts: Uint8Array[] = [];
  while (readField(field)) {
    if (field.wire !== BYTES) continue;
    if (field.number === 1) key = textAt(bytes, field.from, field.to);
    else if (field.number === 2) parts.push(bytes.subarray(field.from, field.to));
  }
  map.set(key, readAnyValue(merged(parts)));
}

/** An AnyValue of one field that is written in the shortest way, as nearly all are; undefined for others. */
function readShortValue(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | boolean | bigint | number | undefined {
  const first = bytes[start + 1] as number;
  switch (start < end ? bytes[start] : 0) {
    case STRING_TAG:
      return first < 128 && start + 2 + first === end ? textAt(bytes, start + 2, end) : undefined;
    case BOOL_TAG:
      return first < 128 && start + 2 === end ? first !== 0 : undefined;
    case INT_TAG:
      return first < 128 && start + 2 === end ? BigInt(first) : undefined;
    case DOUBLE_TAG:
      return start + 9 === end ? doubleAt(bytes, start + 1) : undefined;
    default:
      return undefined;
  }
}

function readAnyValue(bytes: Uint8Array): AttributeValue {
  const field = fieldsOf(bytes, 0, bytes.length);
  let value: AttributeValue = null;
  let tag = 0;
  const parts: Uint8Array[] = [];
  while (readField(field)) {
    const next = field.number * 8 + field.wire;
    if (next === ARRAY_TAG || next === LIST_TAG) {
      if (next !== tag) parts.length = 0;
      parts.push(bytes.subarray(field.from, field.to));
      tag = next;
      continue;
    }
    const plain = readPlain(next, field);
    if (plain === undefined) continue;
    value = plain;
    tag = next;
  }
  if (tag === ARRAY_TAG) return readArray(merged(parts));
  return tag === LIST_TAG ? readAttributes(merged(parts), 1) : value;
}

/** Attributes from all fields `number` of a message. */
export function readAttributes(message: Uint8Array, number: number): Map<string, AttributeValue> {
  const map = new Map<string, AttributeValue>();
  const field = fieldsOf(message, 0, message.length);
  while (readField(field)) {
    if (field.number === number && field.wire === BYTES) {
      readKeyValue(message, field.from, field.to, map);
    }
  }
  return map;
}

/** The attribute `key` of a message whose fields `number` are attributes; undefined where it is not there. */
export function readLastAttribute(
  message: Uint8Array,
  number: number,
  key: string,
): AttributeValue | undefined {
  const wanted = Buffer.from(key, "utf8");
  const found = new Map<string, AttributeValue>();
  const field = fieldsOf(message, 0, message.length);
  while (readField(field)) {
    if (field.number !== number || field.wire !== BYTES) continue;
    const place = findKey(message, field.from, field.to);
    if (isTextAt(message, place.from, place.to, wanted)) {
      readKeyValue(message, field.from, field.to, found);
    }
  }
  return found.get(key);
}

/**
 * The one message that repeated fields make: where a message repeats a field that holds a message, the
 * two are merged, and protobuf makes their bytes in a row mean just that.
 */
export function merged(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first === undefined) return EMPTY;
  return parts.length === 1 ? first : new Uint8Array(Buffer.concat(parts));
}

/** A fixed64 as a double. */
export function doubleAt(bytes: Uint8Array, pos: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + pos, 8).getFloat64(0, true);
}

/** A fixed64 as an unsigned integer. */
export function uint64At(bytes: Uint8Array, pos: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset + pos, 8).getBigUint64(0, true);
}

function readPlain(tag: number, field: FieldCursor): AttributeValue | undefined {
  const { bytes, from, to } = field;
  switch (tag) {
    case STRING_TAG:
      return textAt(bytes, from, to);
    case BOOL_TAG:
      return int64At(bytes, from, to) !== 0n;
    case INT_TAG:
      return int64At(bytes, from, to);
    case DOUBLE_TAG:
      return doubleAt(bytes, from);
    case BYTES_TAG:
      return copyOf(bytes, from, to);
    default:
      return undefined;
  }
}

function readArray(bytes: Uint8Array): AttributeValue[] {
  const values: AttributeValue[] = [];
  const field = fieldsOf(bytes, 0, bytes.length);
  while (readField(field)) {
    if (field.number === 1 && field.wire === BYTES) {
      values.push(readAnyValue(bytes.subarray(field.from, field.to)));
    }
  }
  return values;
}

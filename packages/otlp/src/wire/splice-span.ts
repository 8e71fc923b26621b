import type { Attribute } from "../attribute-value.ts";
import { isRepeated } from "../is-repeated.ts";
import type { SplicedSpan } from "../out-span.ts";
import { textAt } from "../text.ts";
import { findKey, isTextAt, plainValueStart } from "./find-key.ts";
import { BYTES, type FieldCursor, fieldsOf, readField } from "./read-field.ts";
import { putAttribute } from "./write-attribute.ts";
import { type BackWriter, putBytes, putRun } from "./write-back.ts";

const ATTRIBUTE = 9;
const ATTRIBUTE_TAG = 0x4a;

/** Puts a held span, without the attributes to cut or to replace and with the new ones at its end. */
export function putSplicedSpan(writer: BackWriter, { span, add = [], cut }: SplicedSpan): void {
  for (let i = add.length - 1; i >= 0; i--) {
    if (!isRepeated(add, i)) putAttribute(writer, ATTRIBUTE_TAG, add[i] as Attribute);
  }
  if (add.length === 0 && cut === undefined) {
    putBytes(writer, span.bytes);
    return;
  }
  const cuts = findCuts(span.bytes, keyBytes(add), cut);
  let to = span.bytes.length;
  for (let i = cuts.length - 2; i >= 0; i -= 2) {
    putRun(writer, span.bytes, cuts[i + 1] as number, to);
    to = cuts[i] as number;
  }
  if (to === span.bytes.length) putBytes(writer, span.bytes);
  else putRun(writer, span.bytes, 0, to);
}

// Start and end of each attribute to take out, in order.
function findCuts(
  bytes: Uint8Array,
  keys: readonly Uint8Array[],
  cut: ((key: string) => boolean) | undefined,
): number[] {
  const cuts: number[] = [];
  const field = fieldsOf(bytes, 0, bytes.length);
  while (readField(field)) {
    if (field.number === ATTRIBUTE && field.wire === BYTES && isCut(field, keys, cut)) {
      cuts.push(field.entry, field.pos);
    }
  }
  return cuts;
}

function isCut(
  field: FieldCursor,
  keys: readonly Uint8Array[],
  cut: ((key: string) => boolean) | undefined,
): boolean {
  const { bytes } = field;
  let from = field.from + 2;
  let to = plainValueStart(bytes, field.from, field.to) - 2;
  if (to < 0) ({ from, to } = findKey(bytes, field.from, field.to));
  for (const wanted of keys) {
    if (isTextAt(bytes, from, to, wanted)) return true;
  }
  return cut?.(textAt(bytes, from, to)) ?? false;
}

// Keys come from a few tables of names, so nearly every one has been written before.
const known = new Map<string, Uint8Array>();
const MAX_KNOWN = 1024;

function keyBytes(attributes: readonly Attribute[]): Uint8Array[] {
  const keys: Uint8Array[] = [];
  for (const { key } of attributes) {
    let bytes = known.get(key);
    if (bytes === undefined) {
      bytes = new Uint8Array(Buffer.from(key, "utf8"));
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(key, bytes);
    }
    keys.push(bytes);
  }
  return keys;
}

import { MALFORMED, TOO_DEEP } from "../fault.ts";
import { varintAt, varintEnd } from "./read-varint.ts";

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
const GROUP = 3;
export const FIXED32 = 5;

const END_GROUP = 4;
const MAX_TAG = 0xffffffff;
const MAX_GROUPS = 100;

/** A walk over the fields of one message; `readField` moves it. */
export interface FieldCursor {
  readonly bytes: Uint8Array;
  /** End of the message. */
  readonly end: number;
  /** Where the next field begins. */
  pos: number;
  /** 0, or the fault that ended the walk at `entry`. */
  fault: number;
  number: number;
  wire: number;
  /** Where the current field's tag begins. */
  entry: number;
  /** The current field's value, without tag and length. */
  from: number;
  to: number;
}

/** A walk over the message in `[start, end)`, before its first field. */
export function fieldsOf(bytes: Uint8Array, start: number, end: number): FieldCursor {
  return { bytes, end, pos: start, fault: 0, number: 0, wire: 0, entry: start, from: 0, to: 0 };
}

/** Moves to the next field; false at the end or at a fault. */
export function readField(cursor: FieldCursor): boolean {
  const { bytes, end, pos } = cursor;
  if (pos >= end) return false;
  cursor.entry = pos;
  let tag = bytes[pos] as number;
  let from = pos + 1;
  if (tag > 127) {
    from = varintEnd(bytes, pos, end);
    if (from < 0) return fail(cursor, MALFORMED);
    tag = varintAt(bytes, pos);
  }
  if (tag < 8 || tag > MAX_TAG) return fail(cursor, MALFORMED);
  cursor.number = tag >>> 3;
  cursor.wire = tag & 7;
  return (tag & 7) === BYTES ? readBytes(cursor, from) : readOther(cursor, from);
}

function readBytes(cursor: FieldCursor, pos: number): boolean {
  const { bytes, end } = cursor;
  if (pos >= end) return fail(cursor, MALFORMED);
  let length = bytes[pos] as number;
  let from = pos + 1;
  if (length > 127) {
    from = varintEnd(bytes, pos, end);
    if (from < 0) return fail(cursor, MALFORMED);
    length = varintAt(bytes, pos);
  }
  const to = from + length;
  if (to > end) return fail(cursor, MALFORMED);
  cursor.from = from;
  cursor.to = to;
  cursor.pos = to;
  return true;
}

function readOther(cursor: FieldCursor, from: number): boolean {
  const { bytes, end, number, wire } = cursor;
  const after = afterValue(bytes, number * 8 + wire, from, end, 0);
  if (after < 0) return fail(cursor, after);
  cursor.from = from;
  cursor.to = after;
  cursor.pos = after;
  return true;
}

/** Position after the value of a field with this tag, or a fault; a group's end tag is taken with it. */
function afterValue(
  bytes: Uint8Array,
  tag: number,
  pos: number,
  end: number,
  depth: number,
): number {
  switch (tag & 7) {
    case VARINT:
      return varintEnd(bytes, pos, end);
    case FIXED64:
      return pos + 8 <= end ? pos + 8 : MALFORMED;
    case FIXED32:
      return pos + 4 <= end ? pos + 4 : MALFORMED;
    case BYTES:
      return afterBytes(bytes, pos, end);
    case GROUP:
      return afterGroup(bytes, tag >>> 3, pos, end, depth + 1);
    default:
      return MALFORMED;
  }
}

function afterGroup(
  bytes: Uint8Array,
  number: number,
  start: number,
  end: number,
  depth: number,
): number {
  if (depth > MAX_GROUPS) return TOO_DEEP;
  let pos = start;
  while (pos < end) {
    const from = varintEnd(bytes, pos, end);
    const tag = from < 0 ? 0 : varintAt(bytes, pos);
    if (tag < 8 || tag > MAX_TAG) return MALFORMED;
    if ((tag & 7) === END_GROUP) return tag >>> 3 === number ? from : MALFORMED;
    pos = afterValue(bytes, tag, from, end, depth);
    if (pos < 0) return pos;
  }
  return MALFORMED;
}

function afterBytes(bytes: Uint8Array, pos: number, end: number): number {
  const from = varintEnd(bytes, pos, end);
  if (from < 0) return MALFORMED;
  const to = from + varintAt(bytes, pos);
  return to <= end ? to : MALFORMED;
}

function fail(cursor: FieldCursor, fault: number): boolean {
  cursor.fault = fault;
  return false;
}

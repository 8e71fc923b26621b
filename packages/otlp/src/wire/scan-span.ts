import {
  BAD_PARENT_ID,
  BAD_SPAN_ID,
  BAD_TRACE_ID,
  MALFORMED,
  TOO_LARGE,
  TOO_MANY,
} from "../fault.ts";
import { matchBytes } from "../match-bytes.ts";
import type { ScanState } from "../scan-state.ts";
import {
  END_TIME,
  FLAGS,
  KIND,
  NAME,
  NAME_END,
  PARENT_ID,
  SPAN_ID,
  SPAN_SHIFT,
  START_TIME,
  TRACE_ID,
  TRACE_STATE,
  TRACE_STATE_END,
} from "../span-ranges.ts";
import { checkId, checkMessage, spanPart } from "./check-message.ts";
import {
  BYTES,
  FIXED32,
  FIXED64,
  type FieldCursor,
  fieldsOf,
  readField,
  VARINT,
} from "./read-field.ts";
import { scanAttribute, scanAttributes } from "./scan-attribute.ts";

const ATTRIBUTE = 9;
const ATTRIBUTE_TAG = ATTRIBUTE * 8 + BYTES;

// Tags (field number * 8 + wire type) of the numbers that are looked at.
const KIND_TAG = 6 * 8 + VARINT;
const START_TIME_TAG = 7 * 8 + FIXED64;
const END_TIME_TAG = 8 * 8 + FIXED64;
const FLAGS_TAG = 16 * 8 + FIXED32;

/** Fills the open row from the Span message in `[start, end)`; 0, or the fault that rejects the span. */
export function scanSpan(state: ScanState, start: number, end: number): number {
  const { count, ranges } = state.table;
  const { bytes } = ranges;
  let pos = start;
  while (pos < end) {
    if (bytes[pos] === ATTRIBUTE_TAG) pos = scanAttributes(state, count, pos, end);
    else {
      const after = scanShortField(state, bytes, pos, end);
      pos = after === 0 ? scanAnyField(state, bytes, pos, end) : after;
    }
    if (pos < 0) return pos;
  }
  // Two bytes are the shortest attribute, so most spans cannot have too many.
  if (end - start > 2 * state.limits.attributes && hasTooMany(state, start, end)) return TOO_MANY;
  return checkIds(state, count << SPAN_SHIFT);
}

/** Takes the field at `pos` if its tag and its length are one byte each; where it ends, 0 or a fault. */
function scanShortField(state: ScanState, bytes: Uint8Array, pos: number, end: number): number {
  const from = pos + 2;
  if (from > end) return 0;
  const tag = bytes[pos] as number;
  const length = bytes[pos + 1] as number;
  if ((tag & 0x87) !== BYTES || tag < 8 || length > 127) return 0;
  const to = from + length;
  if (to > end) return MALFORMED;
  const fault = scanBytes(state, tag >>> 3, from, to);
  return fault < 0 ? fault : to;
}

function scanAnyField(state: ScanState, bytes: Uint8Array, pos: number, end: number): number {
  const plain = scanPlainScalar(state, bytes, pos, end);
  if (plain > 0) return plain;
  const field = fieldsOf(bytes, pos, end);
  if (!readField(field)) return field.fault;
  if (field.wire === BYTES) {
    const fault =
      field.number === ATTRIBUTE
        ? scanAttribute(state, state.table.count, bytes, field.from, field.to)
        : scanBytes(state, field.number, field.from, field.to);
    if (fault < 0) return fault;
  } else scanScalar(state, field);
  return field.pos;
}

/** Takes a time or a one-byte kind at `pos`, as nearly every span has them; where it ends, or 0. */
function scanPlainScalar(state: ScanState, bytes: Uint8Array, pos: number, end: number): number {
  const { cells } = state.table.ranges;
  const base = state.table.count << SPAN_SHIFT;
  const tag = bytes[pos];
  if (tag === START_TIME_TAG && pos + 9 <= end) {
    cells[base + START_TIME] = pos + 1;
    return pos + 9;
  }
  if (tag === END_TIME_TAG && pos + 9 <= end) {
    cells[base + END_TIME] = pos + 1;
    return pos + 9;
  }
  if (tag !== KIND_TAG || pos + 2 > end || (bytes[pos + 1] as number) > 127) return 0;
  cells[base + KIND] = pos + 1;
  return pos + 2;
}

function hasTooMany(state: ScanState, start: number, end: number): boolean {
  const field = fieldsOf(state.table.ranges.bytes, start, end);
  let attributes = 0;
  while (readField(field)) {
    if (field.number === ATTRIBUTE && field.wire === BYTES) attributes += 1;
  }
  return attributes > state.limits.attributes;
}

function scanScalar(state: ScanState, field: FieldCursor): void {
  const { cells } = state.table.ranges;
  const base = state.table.count << SPAN_SHIFT;
  switch (field.number * 8 + field.wire) {
    case START_TIME_TAG:
      cells[base + START_TIME] = field.from;
      break;
    case END_TIME_TAG:
      cells[base + END_TIME] = field.from;
      break;
    case KIND_TAG:
      cells[base + KIND] = field.from;
      break;
    case FLAGS_TAG:
      cells[base + FLAGS] = field.from;
      break;
  }
}

function scanBytes(state: ScanState, number: number, from: number, to: number): number {
  const { bytes, cells } = state.table.ranges;
  const base = state.table.count << SPAN_SHIFT;
  switch (number) {
    case 1:
      cells[base + TRACE_ID] = from;
      return checkId(bytes, from, to, 16, BAD_TRACE_ID);
    case 2:
      cells[base + SPAN_ID] = from;
      return checkId(bytes, from, to, 8, BAD_SPAN_ID);
    case 3:
      cells[base + TRACE_STATE] = from;
      cells[base + TRACE_STATE_END] = to;
      return to - from > state.limits.stringBytes ? TOO_LARGE : 0;
    case 4:
      return scanParent(cells, base, from, to);
    case 5:
      return scanName(state, base, from, to);
    default:
      return scanPart(state, number, from, to);
  }
}

function scanParent(cells: Uint32Array, base: number, from: number, to: number): number {
  if (to - from !== 8 && to !== from) return BAD_PARENT_ID;
  cells[base + PARENT_ID] = to === from ? 0 : from;
  return 0;
}

function scanName(state: ScanState, base: number, from: number, to: number): number {
  const { nameIndex, ranges } = state.table;
  if (to - from > state.limits.stringBytes) return TOO_LARGE;
  ranges.cells[base + NAME] = from;
  ranges.cells[base + NAME_END] = to;
  nameIndex[base >>> SPAN_SHIFT] = matchBytes(state.names, ranges.bytes, from, to);
  return 0;
}

function scanPart(state: ScanState, number: number, from: number, to: number): number {
  const part = spanPart(number);
  return part === 0 || from === to
    ? 0
    : checkMessage(state.table.ranges.bytes, from, to, part, state.limits, 1);
}

function checkIds(state: ScanState, base: number): number {
  const { cells } = state.table.ranges;
  if (cells[base + TRACE_ID] === 0) return BAD_TRACE_ID;
  return cells[base + SPAN_ID] === 0 ? BAD_SPAN_ID : 0;
}

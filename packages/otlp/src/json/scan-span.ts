import { BAD_PARENT_ID, BAD_SPAN_ID, BAD_TRACE_ID, MALFORMED, TOO_MANY } from "../fault.ts";
import { createByteMatcher } from "../match-bytes.ts";
import type { ScanState } from "../scan-state.ts";
import {
  ATTRIBUTES,
  END_TIME,
  FLAGS,
  KIND,
  NAME,
  PARENT_ID,
  SPAN_ID,
  SPAN_SHIFT,
  START_TIME,
  TRACE_ID,
  TRACE_STATE,
} from "../span-ranges.ts";
import { isHex } from "./check-text.ts";
import { checkPair, checkString } from "./check-value.ts";
import { int32At, isShortInteger, uint64At } from "./read-number.ts";
import { KEY, KEY_VALUE } from "./read-value.ts";
import {
  afterString,
  afterValue,
  isArray,
  isNull,
  isObject,
  isString,
  matchString,
  stringAt,
  walkArray,
  walkObject,
} from "./walk-value.ts";

const FIELDS = createByteMatcher([
  "traceId",
  "spanId",
  "parentSpanId",
  "name",
  "kind",
  "startTimeUnixNano",
  "endTimeUnixNano",
  "attributes",
  "traceState",
  "flags",
]);
const CELLS = [
  TRACE_ID,
  SPAN_ID,
  PARENT_ID,
  NAME,
  KIND,
  START_TIME,
  END_TIME,
  ATTRIBUTES,
  TRACE_STATE,
  FLAGS,
] as const;

/** Notes in the open row where the fields of the span at `pos` are; the position after the span. */
export function placeSpan(bytes: Uint8Array, pos: number, state: ScanState): number {
  return isObject(bytes, pos) ? walkObject(bytes, pos, visitField, state) : afterValue(bytes, pos);
}

/** Checks what `placeSpan` placed and fills the rest of the row; 0, or the fault that rejects the span. */
export function scanSpan(state: ScanState, pos: number): number {
  const { bytes, cells } = state.table.ranges;
  if (!isObject(bytes, pos)) return MALFORMED;
  const base = state.table.count << SPAN_SHIFT;
  const at = (cell: number): number => cells[base + cell] as number;
  if (!isId(bytes, at(TRACE_ID), 32)) return BAD_TRACE_ID;
  if (!isId(bytes, at(SPAN_ID), 16)) return BAD_SPAN_ID;
  return (
    checkParent(bytes, at(PARENT_ID)) ||
    checkNumbers(bytes, cells, base) ||
    checkTexts(state, at(NAME), at(TRACE_STATE)) ||
    scanAttributes(state, at(ATTRIBUTES))
  );
}

function visitField(bytes: Uint8Array, key: number, value: number, state: ScanState): number {
  const field = matchString(FIELDS, bytes, key);
  if (field >= 0) {
    const base = state.table.count << SPAN_SHIFT;
    const cell = base + (CELLS[field] as number);
    state.table.ranges.cells[cell] = isNull(bytes, value) ? 0 : value;
  }
  return afterValue(bytes, value);
}

/** Whether a string of so many hex digits, not all of them 0, stands at `pos`. */
function isId(bytes: Uint8Array, pos: number, digits: number): boolean {
  if (pos === 0 || !isString(bytes, pos)) return false;
  const end = afterString(bytes, pos) - 1;
  if (end - pos - 1 !== digits) return isEscapedId(bytes, pos, end, digits);
  let isZero = true;
  for (let at = pos + 1; at < end; at++) {
    const byte = bytes[at] as number;
    if (!isHex(byte)) return false;
    if (byte !== 0x30) isZero = false;
  }
  return !isZero;
}

function isEscapedId(bytes: Uint8Array, pos: number, end: number, digits: number): boolean {
  if (end - pos > 6 * digits + 2) return false;
  const text = stringAt(bytes, pos);
  return text.length === digits && /^[0-9a-f]+$/i.test(text) && !/^0+$/.test(text);
}

function checkParent(bytes: Uint8Array, pos: number): number {
  if (pos === 0) return 0;
  if (!isString(bytes, pos)) return BAD_PARENT_ID;
  if (isId(bytes, pos, 16)) return 0;
  const text = afterString(bytes, pos) - pos < 100 ? stringAt(bytes, pos) : "-";
  return text === "" || /^0{16}$/.test(text) ? 0 : BAD_PARENT_ID;
}

function checkNumbers(bytes: Uint8Array, cells: Uint32Array, base: number): number {
  for (const cell of [START_TIME, END_TIME]) {
    const pos = cells[base + cell] as number;
    if (pos === 0 || isShortInteger(bytes, pos, 19)) continue;
    if (uint64At(bytes, pos) === undefined) return MALFORMED;
  }
  for (const cell of [KIND, FLAGS]) {
    const pos = cells[base + cell] as number;
    if (pos > 0 && int32At(bytes, pos) === undefined) return MALFORMED;
  }
  return 0;
}

function checkTexts(state: ScanState, name: number, traceState: number): number {
  const { nameIndex, count, ranges } = state.table;
  if (traceState > 0) {
    const end = checkString(ranges.bytes, traceState, state.limits);
    if (end < 0) return end;
  }
  if (name === 0) return 0;
  const end = checkString(ranges.bytes, name, state.limits);
  if (end >= 0) nameIndex[count] = matchString(state.names, ranges.bytes, name);
  return Math.min(end, 0);
}

interface AttributeScan {
  readonly state: ScanState;
  count: number;
  /** Index of the attribute's key in the state's matcher, or -1. */
  key: number;
}

function scanAttributes(state: ScanState, pos: number): number {
  if (pos === 0) return 0;
  const { bytes } = state.table.ranges;
  if (!isArray(bytes, pos)) return MALFORMED;
  const scan: AttributeScan = { state, count: 0, key: -1 };
  return Math.min(walkArray(bytes, pos, visitAttribute, scan), 0);
}

function visitAttribute(bytes: Uint8Array, _: number, pos: number, scan: AttributeScan): number {
  if (!isObject(bytes, pos)) return MALFORMED;
  scan.count += 1;
  if (scan.count > scan.state.limits.attributes) return TOO_MANY;
  scan.key = -1;
  const end = walkObject(bytes, pos, visitPair, scan);
  if (scan.key >= 0) {
    const { keyMask, count } = scan.state.table;
    keyMask[count] = (keyMask[count] as number) | (scan.state.keyBits[scan.key] as number);
  }
  return end;
}

function visitPair(bytes: Uint8Array, key: number, value: number, scan: AttributeScan): number {
  const name = matchString(KEY_VALUE, bytes, key);
  if (name === KEY) {
    scan.key = isString(bytes, value) ? matchString(scan.state.keys, bytes, value) : -1;
  }
  return checkPair(bytes, name, value, scan.state.limits);
}

import { MALFORMED, TOO_LARGE } from "../fault.ts";
import { matchBytes } from "../match-bytes.ts";
import type { ScanState } from "../scan-state.ts";
import { checkMessage, KEY_VALUE } from "./check-message.ts";
import { findKey, plainValueStart } from "./find-key.ts";
import { varintAt, varintEnd } from "./read-varint.ts";

const ATTRIBUTE_TAG = 0x4a;

/**
 * Checks the attributes that stand one after another from the tag at `start` on, and marks their keys in
 * the row's mask; gives the position after the last, or a fault.
 */
export function scanAttributes(state: ScanState, row: number, start: number, end: number): number {
  const { bytes } = state.table.ranges;
  let pos = start;
  while (pos < end && bytes[pos] === ATTRIBUTE_TAG) {
    if (pos + 1 === end) return MALFORMED;
    let length = bytes[pos + 1] as number;
    let from = pos + 2;
    if (length > 127) {
      from = varintEnd(bytes, pos + 1, end);
      if (from < 0) return MALFORMED;
      length = varintAt(bytes, pos + 1);
    }
    pos = from + length;
    if (pos > end) return MALFORMED;
    const fault = scanAttribute(state, row, bytes, from, pos);
    if (fault < 0) return fault;
  }
  return pos;
}

/** Checks one KeyValue and marks its key in the row's mask; 0 or a fault. */
export function scanAttribute(
  state: ScanState,
  row: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const value = plainValueStart(bytes, start, end);
  if (value > 0 && state.limits.stringBytes > 127 && isPlainValue(bytes, value, end)) {
    return markKey(state, row, bytes, start + 2, value - 2);
  }
  return scanUnusual(state, row, bytes, start, end);
}

function isPlainValue(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length === 0) return true;
  const tag = bytes[start] as number;
  if (tag === 0x0a) return length >= 2 && (bytes[start + 1] as number) === length - 2;
  if (tag === 0x18 || tag === 0x10) return isWholeVarint(bytes, start + 1, end);
  return tag === 0x21 && length === 9;
}

function isWholeVarint(bytes: Uint8Array, start: number, end: number): boolean {
  const last = end - 1;
  if (last < start || last - start > 9 || (bytes[last] as number) > 127) return false;
  for (let at = start; at < last; at++) {
    if ((bytes[at] as number) < 128) return false;
  }
  return true;
}

function markKey(
  state: ScanState,
  row: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  if (end - start > state.limits.stringBytes) return TOO_LARGE;
  const key = matchBytes(state.keys, bytes, start, end);
  if (key >= 0) {
    const { keyMask } = state.table;
    keyMask[row] = (keyMask[row] as number) | (state.keyBits[key] as number);
  }
  return 0;
}

function scanUnusual(
  state: ScanState,
  row: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const fault = checkMessage(bytes, start, end, KEY_VALUE, state.limits, 1);
  if (fault < 0) return fault;
  const { from, to } = findKey(bytes, start, end);
  return markKey(state, row, bytes, from, to);
}

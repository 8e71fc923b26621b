import { TOO_DEEP, TOO_LARGE } from "../fault.ts";
import type { Limits } from "../limits.ts";
import { BYTES, fieldsOf, readField } from "./read-field.ts";

export const KEY_VALUE = 1;
const ANY_VALUE = 2;
const ARRAY_VALUE = 3;
const KEY_VALUE_LIST = 4;
export const RESOURCE = 5;
export const SCOPE = 6;
const EVENT = 7;
const LINK = 8;
const STATUS = 9;

// Kind of the message in a field, by `kind * 16 + field number`; what is not here is a plain value.
const parts: Readonly<Record<number, number>> = {
  [KEY_VALUE * 16 + 2]: ANY_VALUE,
  [ANY_VALUE * 16 + 5]: ARRAY_VALUE,
  [ANY_VALUE * 16 + 6]: KEY_VALUE_LIST,
  [ARRAY_VALUE * 16 + 1]: ANY_VALUE,
  [KEY_VALUE_LIST * 16 + 1]: KEY_VALUE,
  [RESOURCE * 16 + 1]: KEY_VALUE,
  [SCOPE * 16 + 3]: KEY_VALUE,
  [EVENT * 16 + 3]: KEY_VALUE,
  [LINK * 16 + 4]: KEY_VALUE,
};

/**
 * 0 where the message in `[start, end)` and all messages known inside it are whole, else the fault; so
 * that nothing read later from a scanned span can fail, and no broken span spoils a batch further on.
 */
export function checkMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  kind: number,
  limits: Limits,
  depth: number,
): number {
  if (depth > limits.depth) return TOO_DEEP;
  const field = fieldsOf(bytes, start, end);
  while (readField(field)) {
    if (field.wire !== BYTES) continue;
    const part = field.number < 16 ? parts[kind * 16 + field.number] : undefined;
    if (part === undefined) {
      if (field.to - field.from > limits.stringBytes) return TOO_LARGE;
      continue;
    }
    const fault = checkMessage(bytes, field.from, field.to, part, limits, depth + 1);
    if (fault < 0) return fault;
  }
  return field.fault;
}

/** Kind of the message in field `number` of a Span, 0 for its other fields. */
export function spanPart(number: number): number {
  if (number === 11) return EVENT;
  if (number === 13) return LINK;
  return number === 15 ? STATUS : 0;
}

/** The fault of an id that has to be `length` bytes and not all zero. */
export function checkId(
  bytes: Uint8Array,
  start: number,
  end: number,
  length: number,
  fault: number,
): number {
  if (end - start !== length) return fault;
  for (let at = start; at < end; at++) {
    if (bytes[at] !== 0) return 0;
  }
  return fault;
}

import { MALFORMED, TOO_LARGE } from "../fault.ts";
import type { Limits } from "../limits.ts";
import { doubleAt, intValueAt, isShortInteger } from "./read-number.ts";
import {
  ANY_VALUE,
  ARRAY,
  BOOL,
  DOUBLE,
  INT,
  KEY,
  KEY_VALUE,
  LIST,
  VALUE,
  VALUES,
} from "./read-value.ts";
import {
  afterString,
  afterValue,
  isArray,
  isNull,
  isObject,
  isString,
  matchString,
  type Visit,
  walkArray,
  walkObject,
} from "./walk-value.ts";

// Each check gives the position after what it checked, or the fault: one pass, whatever the nesting.

/** Checks what may stand as a member of a KeyValue; also for a walk that looks at the key besides. */
export function checkPair(bytes: Uint8Array, name: number, value: number, limits: Limits): number {
  if (name === KEY) return checkString(bytes, value, limits);
  return name === VALUE ? visitAnyValue(bytes, value, value, limits) : afterValue(bytes, value);
}

/** Checks the array of KeyValues, or null, at `pos`. */
export function checkAttributes(bytes: Uint8Array, pos: number, limits: Limits): number {
  return checkEach(bytes, pos, visitKeyValue, limits);
}

/** Checks the string, or null, at `pos`. */
export function checkString(bytes: Uint8Array, pos: number, limits: Limits): number {
  if (isNull(bytes, pos)) return afterValue(bytes, pos);
  if (!isString(bytes, pos)) return MALFORMED;
  const end = afterString(bytes, pos);
  return end - pos - 2 > limits.stringBytes ? TOO_LARGE : end;
}

function visitPair(bytes: Uint8Array, key: number, value: number, limits: Limits): number {
  return checkPair(bytes, matchString(KEY_VALUE, bytes, key), value, limits);
}

function visitKeyValue(bytes: Uint8Array, _: number, pos: number, limits: Limits): number {
  return isObject(bytes, pos) ? walkObject(bytes, pos, visitPair, limits) : MALFORMED;
}

function visitAnyValue(bytes: Uint8Array, _: number, pos: number, limits: Limits): number {
  if (isNull(bytes, pos)) return afterValue(bytes, pos);
  return isObject(bytes, pos) ? walkObject(bytes, pos, visitAlternative, limits) : MALFORMED;
}

function visitAlternative(bytes: Uint8Array, key: number, pos: number, limits: Limits): number {
  const kind = matchString(ANY_VALUE, bytes, key);
  if (kind < 0 || isNull(bytes, pos)) return afterValue(bytes, pos);
  if (kind === ARRAY || kind === LIST) {
    if (!isObject(bytes, pos)) return MALFORMED;
    return walkObject(bytes, pos, kind === ARRAY ? visitArray : visitList, limits);
  }
  if (kind === BOOL || kind === INT || kind === DOUBLE) return checkPlain(bytes, kind, pos);
  return checkString(bytes, pos, limits);
}

function checkPlain(bytes: Uint8Array, kind: number, pos: number): number {
  let isGood = false;
  if (kind === BOOL) isGood = bytes[pos] === 0x74 || bytes[pos] === 0x66;
  else if (kind === INT)
    isGood = isShortInteger(bytes, pos, 18) || intValueAt(bytes, pos) !== undefined;
  else isGood = doubleAt(bytes, pos) !== undefined;
  return isGood ? afterValue(bytes, pos) : MALFORMED;
}

function visitArray(bytes: Uint8Array, key: number, pos: number, limits: Limits): number {
  if (matchString(VALUES, bytes, key) < 0) return afterValue(bytes, pos);
  return checkEach(bytes, pos, visitAnyValue, limits);
}

function visitList(bytes: Uint8Array, key: number, pos: number, limits: Limits): number {
  if (matchString(VALUES, bytes, key) < 0) return afterValue(bytes, pos);
  return checkEach(bytes, pos, visitKeyValue, limits);
}

function checkEach(bytes: Uint8Array, pos: number, visit: Visit<Limits>, limits: Limits): number {
  if (isNull(bytes, pos)) return afterValue(bytes, pos);
  return isArray(bytes, pos) ? walkArray(bytes, pos, visit, limits) : MALFORMED;
}

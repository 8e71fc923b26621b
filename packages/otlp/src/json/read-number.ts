import { textAt } from "../text.ts";
import { afterValue, isString, stringAt } from "./walk-value.ts";

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

// Longest text of a number that is read: BigInt takes quadratic time in the digits.
const MAX_DIGITS = 400;
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The int64 at `pos`, written as a number or as a string; undefined where it is none. */
export function int64At(bytes: Uint8Array, pos: number): bigint | undefined {
  return integerAt(bytes, pos, INT64_MIN, INT64_MAX);
}

/** The uint64 at `pos`, written as a number or as a string; undefined where it is none. */
export function uint64At(bytes: Uint8Array, pos: number): bigint | undefined {
  return integerAt(bytes, pos, 0n, UINT64_MAX);
}

/** The int32 or uint32 at `pos`, which only a number can be; undefined where it is none. */
export function int32At(bytes: Uint8Array, pos: number): number | undefined {
  if (isString(bytes, pos)) return undefined;
  const value = integerAt(bytes, pos, -(2n ** 31n), 2n ** 32n - 1n);
  return value === undefined ? undefined : Number(value);
}

/**
 * What an `intValue` at `pos` holds; undefined where it is no whole number. The JavaScript SDK writes
 * every whole double there, also one beyond 64 bits: that stays the double it was.
 */
export function intValueAt(bytes: Uint8Array, pos: number): bigint | number | undefined {
  const value = int64At(bytes, pos);
  if (value !== undefined || isString(bytes, pos)) return value;
  const double = doubleAt(bytes, pos);
  return Number.isInteger(double) ? double : undefined;
}

/**
 * Whether an integer of at most `digits` digits, without sign or leading zero, stands at `pos`, as a string
 * or as a number: the quick way to see that a field can be read.
 */
export function isShortInteger(bytes: Uint8Array, pos: number, digits: number): boolean {
  const from = isString(bytes, pos) ? pos + 1 : pos;
  let at = from;
  while (at < bytes.length && isDigit(bytes[at] as number)) at += 1;
  if (at === from || at - from > digits || (bytes[from] === 0x30 && at - from > 1)) return false;
  const after = bytes[at] as number;
  return from > pos ? after === 0x22 : after !== 0x2e && (after | 0x20) !== 0x65;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** The double at `pos`, a number or a string such as "NaN"; undefined where it is none. */
export function doubleAt(bytes: Uint8Array, pos: number): number | undefined {
  const text = numberText(bytes, pos);
  if (JSON_NUMBER.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  if (!isString(bytes, pos)) return undefined;
  if (text === "NaN") return Number.NaN;
  if (text === "Infinity") return Number.POSITIVE_INFINITY;
  return text === "-Infinity" ? Number.NEGATIVE_INFINITY : undefined;
}

function integerAt(bytes: Uint8Array, pos: number, min: bigint, max: bigint): bigint | undefined {
  const text = numberText(bytes, pos);
  if (!JSON_NUMBER.test(text)) return undefined;
  const value = /^-?\d+$/.test(text) ? BigInt(text) : wholeNumber(text);
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

// ProtoJSON takes 1.0 and 1e3 as integers too.
function wholeNumber(text: string): bigint | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

function numberText(bytes: Uint8Array, pos: number): string {
  const end = afterValue(bytes, pos);
  if (end - pos > MAX_DIGITS) return "";
  return isString(bytes, pos) ? stringAt(bytes, pos) : textAt(bytes, pos, end);
}

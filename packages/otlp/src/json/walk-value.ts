import { type ByteMatcher, matchBytes } from "../match-bytes.ts";
import { textAt } from "../text.ts";

// Everything here walks text that `checkText` has passed, and so looks for no errors.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const CLOSE_OBJECT = 0x7d;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;

/** First position from `pos` on that is not white space. */
export function skipSpace(bytes: Uint8Array, pos: number): number {
  let at = pos;
  while (at < bytes.length && isSpace(bytes[at] as number)) at += 1;
  return at;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Position after the string whose opening quote is at `pos`. */
export function afterString(bytes: Uint8Array, pos: number): number {
  let at = pos + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Position after the value that begins at `pos`. */
export function afterValue(bytes: Uint8Array, pos: number): number {
  const byte = bytes[pos] as number;
  if (byte === QUOTE) return afterString(bytes, pos);
  if (byte !== OPEN_OBJECT && byte !== OPEN_ARRAY) return afterPlain(bytes, pos);
  let depth = 0;
  let at = pos;
  do {
    const next = bytes[at] as number;
    if (next === QUOTE) {
      at = afterString(bytes, at);
      continue;
    }
    if (next === OPEN_OBJECT || next === OPEN_ARRAY) depth += 1;
    else if (next === CLOSE_OBJECT || next === CLOSE_ARRAY) depth -= 1;
    at += 1;
  } while (depth > 0 && at < bytes.length);
  return at;
}

function afterPlain(bytes: Uint8Array, pos: number): number {
  let at = pos;
  while (at < bytes.length && !endsPlain(bytes[at] as number)) at += 1;
  return at;
}

function endsPlain(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || isSpace(byte);
}

/**
 * Takes one part of an object (key and value at these positions) or of an array (both the element's) and
 * gives the position after it, or a number below zero to stop.
 */
export type Visit<Context> = (
  bytes: Uint8Array,
  key: number,
  value: number,
  context: Context,
) => number;

/** Visits the members of the object at `pos`; the position after it, or what stopped the walk. */
export function walkObject<Context>(
  bytes: Uint8Array,
  pos: number,
  visit: Visit<Context>,
  context: Context,
): number {
  let at = skipSpace(bytes, pos + 1);
  if (bytes[at] === CLOSE_OBJECT) return at + 1;
  for (;;) {
    const end = visit(bytes, at, memberValue(bytes, at), context);
    if (end < 0) return end;
    at = skipSpace(bytes, end);
    if (bytes[at] !== COMMA) return at + 1;
    at = skipSpace(bytes, at + 1);
  }
}

/** Visits the elements of the array at `pos`; the position after it, or what stopped the walk. */
export function walkArray<Context>(
  bytes: Uint8Array,
  pos: number,
  visit: Visit<Context>,
  context: Context,
): number {
  let at = skipSpace(bytes, pos + 1);
  if (bytes[at] === CLOSE_ARRAY) return at + 1;
  for (;;) {
    const end = visit(bytes, at, at, context);
    if (end < 0) return end;
    at = skipSpace(bytes, end);
    if (bytes[at] !== COMMA) return at + 1;
    at = skipSpace(bytes, at + 1);
  }
}

/** Position of the value of the member whose key is at `pos`. */
function memberValue(bytes: Uint8Array, pos: number): number {
  const colon = skipSpace(bytes, afterString(bytes, pos));
  return skipSpace(bytes, colon + 1);
}

/** Index in `matcher` of the string at `pos`, escapes read, or -1. */
export function matchString(matcher: ByteMatcher, bytes: Uint8Array, pos: number): number {
  const end = afterString(bytes, pos) - 1;
  if (!hasEscape(bytes, pos + 1, end)) return matchBytes(matcher, bytes, pos + 1, end);
  const text = new Uint8Array(Buffer.from(stringAt(bytes, pos), "utf8"));
  return matchBytes(matcher, text, 0, text.length);
}

function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] === BACKSLASH) return true;
  }
  return false;
}

/** The string whose opening quote is at `pos`, escapes read. */
export function stringAt(bytes: Uint8Array, pos: number): string {
  const raw = textAt(bytes, pos, afterString(bytes, pos));
  return raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1);
}

/** Whether an object begins at `pos`. */
export function isObject(bytes: Uint8Array, pos: number): boolean {
  return bytes[pos] === OPEN_OBJECT;
}

/** Whether an array begins at `pos`. */
export function isArray(bytes: Uint8Array, pos: number): boolean {
  return bytes[pos] === OPEN_ARRAY;
}

/** Whether a string begins at `pos`. */
export function isString(bytes: Uint8Array, pos: number): boolean {
  return bytes[pos] === QUOTE;
}

/** Whether `null`, which means a field that is not there, begins at `pos`. */
export function isNull(bytes: Uint8Array, pos: number): boolean {
  return bytes[pos] === 0x6e;
}

import { isUtf8 } from "node:buffer";
import { OtlpError } from "../errors.ts";
import { skipSpace } from "./walk-value.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What `checkValue` moves over a text. */
interface TextCursor {
  readonly bytes: Uint8Array;
  readonly maxDepth: number;
  pos: number;
}

/**
 * Throws `OtlpError` unless `bytes` are one JSON value by RFC 8259 in UTF-8, nested at most `maxDepth`
 * brackets deep; everything else here reads only what has passed this.
 */
export function checkText(bytes: Uint8Array, maxDepth: number): void {
  if (!isUtf8(bytes)) throw new OtlpError("malformed", 0, "not UTF-8");
  const cursor: TextCursor = { bytes, maxDepth, pos: skipSpace(bytes, 0) };
  checkValue(cursor, 0);
  cursor.pos = skipSpace(bytes, cursor.pos);
  if (cursor.pos < bytes.length) throw unexpected(cursor);
}

function checkValue(cursor: TextCursor, depth: number): void {
  const byte = cursor.bytes[cursor.pos];
  if (byte === QUOTE) checkString(cursor);
  else if (byte === 0x7b) checkObject(cursor, depth + 1);
  else if (byte === 0x5b) checkArray(cursor, depth + 1);
  else if (byte === 0x74) checkWord(cursor, "true");
  else if (byte === 0x66) checkWord(cursor, "false");
  else if (byte === 0x6e) checkWord(cursor, "null");
  else checkNumber(cursor);
}

function checkObject(cursor: TextCursor, depth: number): void {
  if (!openBracket(cursor, depth, 0x7d)) return;
  do {
    if (cursor.bytes[cursor.pos] !== QUOTE) throw unexpected(cursor);
    checkString(cursor);
    cursor.pos = skipSpace(cursor.bytes, cursor.pos);
    if (cursor.bytes[cursor.pos] !== 0x3a) throw unexpected(cursor);
    cursor.pos = skipSpace(cursor.bytes, cursor.pos + 1);
    checkValue(cursor, depth);
  } while (takeComma(cursor, 0x7d));
}

function checkArray(cursor: TextCursor, depth: number): void {
  if (!openBracket(cursor, depth, 0x5d)) return;
  do checkValue(cursor, depth);
  while (takeComma(cursor, 0x5d));
}

/** Steps into a bracket; false, and past its close, where it is empty. */
function openBracket(cursor: TextCursor, depth: number, close: number): boolean {
  if (depth > cursor.maxDepth) throw new OtlpError("too_deep", cursor.pos, "nested too deep");
  cursor.pos = skipSpace(cursor.bytes, cursor.pos + 1);
  if (cursor.bytes[cursor.pos] !== close) return true;
  cursor.pos += 1;
  return false;
}

/** Steps over a comma to the next part, or over the close: then false. */
function takeComma(cursor: TextCursor, close: number): boolean {
  cursor.pos = skipSpace(cursor.bytes, cursor.pos);
  const byte = cursor.bytes[cursor.pos];
  if (byte === close) {
    cursor.pos += 1;
    return false;
  }
  if (byte !== 0x2c) throw unexpected(cursor);
  cursor.pos = skipSpace(cursor.bytes, cursor.pos + 1);
  return true;
}

function checkString(cursor: TextCursor): void {
  const { bytes } = cursor;
  let pos = cursor.pos + 1;
  while (pos < bytes.length) {
    const byte = bytes[pos] as number;
    if (byte === QUOTE) {
      cursor.pos = pos + 1;
      return;
    }
    if (byte < 0x20) break;
    pos = byte === BACKSLASH ? afterEscape(bytes, pos) : pos + 1;
  }
  cursor.pos = pos;
  throw unexpected(cursor);
}

function afterEscape(bytes: Uint8Array, pos: number): number {
  const byte = bytes[pos + 1] ?? 0;
  if (byte === 0x75) {
    for (let at = pos + 2; at < pos + 6; at++) {
      if (!isHex(bytes[at] ?? 0)) throw new OtlpError("malformed", at, "bad escape");
    }
    return pos + 6;
  }
  if (!ESCAPES.has(byte)) throw new OtlpError("malformed", pos, "bad escape");
  return pos + 2;
}

const ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));

/** Whether a byte is a hex digit of either case. */
export function isHex(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function checkWord(cursor: TextCursor, word: string): void {
  for (let i = 0; i < word.length; i++) {
    if (cursor.bytes[cursor.pos + i] !== word.charCodeAt(i)) throw unexpected(cursor);
  }
  cursor.pos += word.length;
}

function checkNumber(cursor: TextCursor): void {
  const { bytes } = cursor;
  if (bytes[cursor.pos] === 0x2d) cursor.pos += 1;
  if (bytes[cursor.pos] === 0x30) cursor.pos += 1;
  else takeDigits(cursor);
  if (bytes[cursor.pos] === 0x2e) {
    cursor.pos += 1;
    takeDigits(cursor);
  }
  if (((bytes[cursor.pos] ?? 0) | 0x20) !== 0x65) return;
  cursor.pos += 1;
  const sign = bytes[cursor.pos];
  if (sign === 0x2b || sign === 0x2d) cursor.pos += 1;
  takeDigits(cursor);
}

function takeDigits(cursor: TextCursor): void {
  const from = cursor.pos;
  while (isDigit(cursor.bytes[cursor.pos] ?? 0)) cursor.pos += 1;
  if (cursor.pos === from) throw unexpected(cursor);
}

function unexpected(cursor: TextCursor): OtlpError {
  const what = cursor.pos < cursor.bytes.length ? "unexpected character" : "text ends too early";
  return new OtlpError("malformed", Math.min(cursor.pos, cursor.bytes.length), what);
}

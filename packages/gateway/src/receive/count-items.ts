import type { Encoding } from "@wattspan/otlp";
import type { Signal } from "./accept.ts";

/** Field numbers from a request down to its items; where a step has several, each is followed. */
const paths: Readonly<Record<Signal, readonly (readonly number[])[]>> = {
  traces: [[1], [2], [2]],
  metrics: [[1], [2], [2], [5, 7, 9, 10, 11], [1]],
  logs: [[1], [2], [2]],
};

const jsonKeys: Readonly<Record<Signal, Buffer>> = {
  traces: Buffer.from('"spans"'),
  metrics: Buffer.from('"dataPoints"'),
  logs: Buffer.from('"logRecords"'),
};

/** Spans, data points or log records of a request, as far as it can be read. */
export function countItems(signal: Signal, encoding: Encoding, body: Uint8Array): number {
  if (encoding === "json") return countInJson(jsonKeys[signal], body);
  return countFields({ bytes: body, at: 0 }, body.length, paths[signal], 0);
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function countFields(
  cursor: Cursor,
  end: number,
  path: readonly (readonly number[])[],
  depth: number,
): number {
  const wanted = path[depth] ?? [];
  const isLast = depth === path.length - 1;
  let count = 0;
  while (cursor.at < end) {
    const tag = readVarint(cursor, end);
    const wire = tag & 7;
    if (wire !== 2) {
      if (!skipScalar(cursor, end, wire)) break;
      continue;
    }
    const length = readVarint(cursor, end);
    const next = cursor.at + length;
    if (next > end) break;
    if (wanted.includes(tag >>> 3))
      count += isLast ? 1 : countFields(cursor, next, path, depth + 1);
    cursor.at = next;
  }
  return count;
}

/** False where the wire type is none that OTLP has. */
function skipScalar(cursor: Cursor, end: number, wire: number): boolean {
  if (wire === 0) readVarint(cursor, end);
  else if (wire === 1) cursor.at += 8;
  else if (wire === 5) cursor.at += 4;
  else return false;
  return true;
}

/** A varint's value as far as 32 bits tell it: tags and lengths are shorter. */
function readVarint(cursor: Cursor, end: number): number {
  let value = 0;
  for (let shift = 0; cursor.at < end; shift += 7) {
    const byte = cursor.bytes[cursor.at++] as number;
    if (shift < 35) value += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  return value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

// A key in quotes cannot be part of a longer text: the quotes would be escaped there.
function countInJson(key: Buffer, body: Uint8Array): number {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  let count = 0;
  for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + key.length)) {
    const colon = skipSpace(bytes, at + key.length);
    const start = skipSpace(bytes, colon + 1);
    if (bytes[colon] === 0x3a && bytes[start] === 0x5b) count += countElements(bytes, start + 1);
  }
  return count;
}

/** Objects directly inside the array whose content starts at `start`. */
function countElements(bytes: Buffer, start: number): number {
  let depth = 0;
  let count = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at);
    else if (byte === 0x7b || byte === 0x5b) {
      if (depth === 0) count++;
      depth++;
    } else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 0) break;
      depth--;
    }
  }
  return count;
}

function endOfText(bytes: Buffer, quote: number): number {
  let at = quote + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

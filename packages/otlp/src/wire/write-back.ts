import { putVarint, varintSize } from "./write-varint.ts";

/**
 * Protobuf written from its end to its start, so that a message is there before the length in front of it
 * has to be known. What is written so far is `bytes` from `start` on.
 */
export interface BackWriter {
  bytes: Buffer;
  start: number;
}

const PLAIN_TEXT = 48;
const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

/** A writer of nothing yet, with room for `size` bytes. */
export function createBackWriter(size: number): BackWriter {
  return { bytes: Buffer.allocUnsafeSlow(size), start: size };
}

/** Bytes written so far. */
export function sizeOf(writer: BackWriter): number {
  return writer.bytes.length - writer.start;
}

/** What was written, in memory of its own. */
export function takeBytes(writer: BackWriter): Uint8Array {
  const out = new Uint8Array(sizeOf(writer));
  out.set(writer.bytes.subarray(writer.start));
  return out;
}

/** Puts one byte before what is there. */
export function putByte(writer: BackWriter, byte: number): void {
  if (writer.start === 0) grow(writer, 1);
  writer.start -= 1;
  writer.bytes[writer.start] = byte;
}

/** Puts the varint of a length or a small number, below 2^31, before what is there. */
export function putLength(writer: BackWriter, value: number): void {
  if (value < 128) {
    putByte(writer, value);
    return;
  }
  const size = varintSize(value);
  makeRoom(writer, size);
  putVarint(writer.bytes, writer.start, value);
}

/** Puts the varint of an int64 before what is there; throws `RangeError` for an integer that is none. */
export function putInt64(writer: BackWriter, value: bigint): void {
  if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} is no 64-bit integer`);
  if (value >= 0n && value < 0x7fffffffn) {
    putLength(writer, Number(value));
    return;
  }
  const groups: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) groups.push(Number(rest & 127n) | 128);
  putByte(writer, Number(rest));
  for (const group of groups.reverse()) putByte(writer, group);
}

/** Puts a byte string before what is there. */
export function putBytes(writer: BackWriter, bytes: Uint8Array): void {
  const { length } = bytes;
  makeRoom(writer, length);
  if (length > PLAIN_TEXT) {
    writer.bytes.set(bytes, writer.start);
    return;
  }
  const { bytes: out, start } = writer;
  for (let at = 0; at < length; at++) out[start + at] = bytes[at] as number;
}

/** Puts the bytes in `[from, to)` before what is there. */
export function putRun(writer: BackWriter, bytes: Uint8Array, from: number, to: number): void {
  if (to > from) putBytes(writer, bytes.subarray(from, to));
}

/** Puts a text as UTF-8 before what is there. */
export function putText(writer: BackWriter, text: string): void {
  if (text.length <= PLAIN_TEXT && isPlain(text)) {
    makeRoom(writer, text.length);
    const { bytes, start } = writer;
    for (let at = 0; at < text.length; at++) bytes[start + at] = text.charCodeAt(at);
    return;
  }
  makeRoom(writer, Buffer.byteLength(text, "utf8"));
  writer.bytes.write(text, writer.start, "utf8");
}

/** Puts a double, little-endian, before what is there. */
export function putDouble(writer: BackWriter, value: number): void {
  double[0] = value;
  putBytes(writer, doubleBytes);
}

/** Puts a fixed64 before what is there. */
export function putFixed64(writer: BackWriter, value: bigint): void {
  makeRoom(writer, 8);
  writer.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), writer.start);
}

/** Puts a fixed32 before what is there. */
export function putFixed32(writer: BackWriter, value: number): void {
  makeRoom(writer, 4);
  writer.bytes.writeUInt32LE(value >>> 0, writer.start);
}

/** Puts before what was written since `size` its length and a one-byte tag. */
export function closeMessage(writer: BackWriter, size: number, tag: number): void {
  putLength(writer, sizeOf(writer) - size);
  putByte(writer, tag);
}

function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 127) return false;
  }
  return true;
}

function makeRoom(writer: BackWriter, size: number): void {
  if (writer.start < size) grow(writer, size);
  writer.start -= size;
}

function grow(writer: BackWriter, size: number): void {
  const used = sizeOf(writer);
  const bytes = Buffer.allocUnsafeSlow(Math.max(writer.bytes.length * 2, used + size + 256));
  bytes.set(writer.bytes.subarray(writer.start), bytes.length - used);
  writer.start = bytes.length - used;
  writer.bytes = bytes;
}

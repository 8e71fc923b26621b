import { crc32 } from "node:zlib";
import type { Encoding } from "@wattspan/otlp";
import type { Signal } from "../receive/accept.ts";

/** What a record of the spool holds: bytes of one signal, readings of asked meters, or what was told of a trace. */
type FrameKind = Signal | "readings" | "told";

/** A record of the spool. */
export interface Frame {
  readonly kind: FrameKind;
  readonly encoding: Encoding;
  /** Spans, points or records in it. */
  readonly items: number;
  /** When it came, ms since 1970. */
  readonly atMs: number;
  readonly body: Uint8Array;
}

const kinds: readonly FrameKind[] = ["traces", "metrics", "logs", "readings", "told"];
const encodings: readonly Encoding[] = ["protobuf", "json"];

// Byte 0 the kind, 1 the encoding, 4 to 8 the items, 8 to 16 the time, 16 to 20 the checksum of all but itself.
const ITEMS = 4;
const AT = 8;
const CHECKSUM = 16;
const HEAD = 20;

/** Its bytes, checksum included. */
export function encodeFrame({ kind, encoding, items, atMs, body }: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD + body.byteLength);
  bytes.fill(0, 0, HEAD);
  bytes[0] = kinds.indexOf(kind);
  bytes[1] = encodings.indexOf(encoding);
  bytes.writeUInt32LE(items, ITEMS);
  bytes.writeDoubleLE(atMs, AT);
  bytes.set(body, HEAD);
  bytes.writeUInt32LE(checksumOf(bytes), CHECKSUM);
  return bytes;
}

/** The record; undefined where its bytes are not as they were written. */
export function decodeFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < HEAD || bytes.readUInt32LE(CHECKSUM) !== checksumOf(bytes)) return undefined;
  const kind = kinds[bytes[0] as number];
  const encoding = encodings[bytes[1] as number];
  if (kind === undefined || encoding === undefined) return undefined;
  const items = bytes.readUInt32LE(ITEMS);
  return { kind, encoding, items, atMs: bytes.readDoubleLE(AT), body: bytes.subarray(HEAD) };
}

function checksumOf(bytes: Buffer): number {
  return crc32(bytes.subarray(HEAD), crc32(bytes.subarray(0, CHECKSUM)));
}

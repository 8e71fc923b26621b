import {
  createTraceScanner,
  endUnixNanoOf,
  parentSpanIdOf,
  spanIdOf,
  startUnixNanoOf,
  traceIdOf,
} from "@wattspan/otlp";

/** First and last span time in recorded trace requests, ns. */
export interface RecordingSpan {
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
}

const scanner = createTraceScanner({ names: [], keys: [] });

/** When the recording ran. */
export function spanOf(bodies: readonly Uint8Array[]): RecordingSpan {
  let first: bigint | undefined;
  let last = 0n;
  for (const body of bodies) {
    const table = scanner.scan(body, "protobuf");
    for (let i = 0; i < table.count; i++) {
      const start = startUnixNanoOf(table, i);
      const end = endUnixNanoOf(table, i);
      if (first === undefined || start < first) first = start;
      if (end > last) last = end;
    }
  }
  return { startUnixNano: first ?? 0n, endUnixNano: last };
}

/**
 * The same protobuf request as if it had been sent `shiftNs` later by other traces: ids are mixed with `salt`, 16
 * bytes, and span times moved. Everything has its old length, so nothing else changes.
 */
export function freshenRecording(body: Uint8Array, salt: Uint8Array, shiftNs: bigint): Uint8Array {
  const source = Buffer.from(body);
  const fresh = Buffer.from(body);
  const table = scanner.scan(body, "protobuf");
  const replaced = new Set<string>();
  const replace = (before: Buffer, after: Buffer): void => {
    const key = before.toString("hex");
    if (replaced.has(key)) return;
    replaced.add(key);
    for (
      let at = source.indexOf(before);
      at >= 0;
      at = source.indexOf(before, at + before.length)
    ) {
      after.copy(fresh, at);
    }
  };
  const mixed = (hex: string): Buffer => {
    const id = Buffer.from(hex, "hex");
    return Buffer.from(id.map((byte, i) => byte ^ (salt[i] as number)));
  };
  for (let i = 0; i < table.count; i++) {
    for (const id of [traceIdOf(table, i), spanIdOf(table, i), parentSpanIdOf(table, i)]) {
      if (id !== "") replace(Buffer.from(id, "hex"), mixed(id));
    }
    for (const time of [startUnixNanoOf(table, i), endUnixNanoOf(table, i)]) {
      replace(littleEndian(time), littleEndian(time + shiftNs));
    }
  }
  return fresh;
}

function littleEndian(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

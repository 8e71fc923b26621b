import { OtlpError } from "./errors.ts";
import { createEnvelopeStore } from "./intern-envelope.ts";
import { scanJsonRequest } from "./json/scan-request.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { createByteMatcher } from "./match-bytes.ts";
import type { FilledTable, ScanState } from "./scan-state.ts";
import { clearSpanRanges, createSpanRanges } from "./span-ranges.ts";
import type { Encoding, SpanTable } from "./span-table.ts";
import { scanRequest } from "./wire/scan-request.ts";

/** What a caller looks for: span names, and at most 32 attribute keys. */
export interface Interest {
  readonly names: readonly string[];
  readonly keys: readonly string[];
}

/** Scans requests one at a time into one table, which the next scan overwrites. */
export interface TraceScanner {
  /** The spans of an export request; throws `OtlpError` where the request as a whole cannot be read. */
  scan(body: Uint8Array, encoding: Encoding): SpanTable;
}

/** A scanner for what `interest` names; throws `RangeError` for more than 32 keys. */
export function createTraceScanner(interest: Interest, limits: Partial<Limits> = {}): TraceScanner {
  if (interest.keys.length > 32) throw new RangeError("more than 32 attribute keys to look for");
  const table: FilledTable = {
    encoding: "protobuf",
    body: new Uint8Array(0),
    count: 0,
    nameIndex: new Int16Array(0),
    keyMask: new Uint32Array(0),
    rejected: [],
    ranges: createSpanRanges(createEnvelopeStore()),
  };
  const state: ScanState = {
    table,
    names: createByteMatcher(interest.names),
    keys: createByteMatcher(interest.keys),
    keyBits: bitsOf(interest.keys),
    limits: { ...defaultLimits, ...limits },
  };
  return {
    scan(body: Uint8Array, encoding: Encoding): SpanTable {
      if (body.length > state.limits.bodyBytes) {
        throw new OtlpError("too_large", state.limits.bodyBytes, "body too long");
      }
      clearTable(table, body, encoding);
      try {
        if (encoding === "json") scanJsonRequest(state);
        else scanRequest(state);
      } catch (error) {
        // A table half filled is no table.
        clearTable(table, new Uint8Array(0), encoding);
        throw error;
      }
      return table;
    },
  };
}

function bitsOf(keys: readonly string[]): Uint32Array {
  const bits = new Uint32Array(keys.length);
  for (const [k, key] of keys.entries()) {
    const first = keys.indexOf(key);
    bits[first] = (bits[first] as number) | (1 << k);
  }
  return bits;
}

function clearTable(table: FilledTable, body: Uint8Array, encoding: Encoding): void {
  table.encoding = encoding;
  table.body = body;
  table.count = 0;
  table.rejected.length = 0;
  clearSpanRanges(table.ranges, new Uint8Array(body.buffer, body.byteOffset, body.length));
}

import type { SpanRanges } from "./span-ranges.ts";

/** How a request is written: OTLP's protobuf, or its JSON. */
export type Encoding = "protobuf" | "json";

/** A span that was left out of its table, and why; its batch goes on without it. */
export interface RejectedSpan {
  readonly reason: string;
}

/** The spans of one request in columns, row `i` for span `i`; valid until its scanner's next scan. */
export interface SpanTable {
  readonly encoding: Encoding;
  /** The scanned request, as it was given. */
  readonly body: Uint8Array;
  readonly count: number;
  /** Index into `interest.names` of the span's name, or -1. */
  readonly nameIndex: Int16Array;
  /** Bit `k` is set where `interest.keys[k]` is on the span. */
  readonly keyMask: Uint32Array;
  readonly rejected: readonly RejectedSpan[];
  /** Where things lie in the body: for this package's own functions. */
  readonly ranges: SpanRanges;
}

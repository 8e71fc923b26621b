import type { Encoding } from "./span-table.ts";

/** What stands around a span: all of its resource and scope messages except the lists of spans. */
export interface Envelope {
  readonly encoding: Encoding;
  /** Fields of ResourceSpans other than `scope_spans`, schema URL and unknown fields included. */
  readonly resourceBytes: Uint8Array;
  /** Fields of ScopeSpans other than `spans`, schema URL and unknown fields included. */
  readonly scopeBytes: Uint8Array;
}

/** A span taken out of its request; it pins none of the request's memory. */
export interface HeldSpan {
  readonly encoding: Encoding;
  /** The Span message, or the JSON object as UTF-8. */
  readonly bytes: Uint8Array;
  readonly envelope: Envelope;
}

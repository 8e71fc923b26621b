/** How much of a sender's request is read before it is refused. */
export interface Limits {
  /** Longest body in bytes, after decompression; longer: `too_large`. */
  readonly bodyBytes: number;
  /** Spans, envelopes of either kind, or wanted data points in one request; more: `too_many`. */
  readonly spans: number;
  /** Attributes on one span; a span with more is rejected, the batch goes on. On a data point: `too_many`. */
  readonly attributes: number;
  /** Longest span name, attribute key or string value in bytes; a span with a longer one is rejected. */
  readonly stringBytes: number;
  /** Messages inside one another in a protobuf span; JSON may nest twice as many brackets. */
  readonly depth: number;
}

/** 20 MiB bodies (the Collector's default) and room for every honest sender inside them. */
export const defaultLimits: Limits = {
  bodyBytes: 20 * 1024 * 1024,
  spans: 262_144,
  attributes: 4096,
  stringBytes: 4 * 1024 * 1024,
  depth: 100,
};

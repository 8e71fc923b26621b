/** OTLP bytes, both directions: scanned and spliced, never decoded. */
export type { Attribute, Attributes, AttributeValue } from "./attribute-value.ts";
export { copySpan } from "./copy-span.ts";
export { type EncodedTraces, encodeTraces } from "./encode-traces.ts";
export { OtlpError, type OtlpErrorCode } from "./errors.ts";
export type { Envelope, HeldSpan } from "./held-span.ts";
export { defaultLimits, type Limits } from "./limits.ts";
export type { NumberPoint } from "./number-point.ts";
export type { CreatedSpan, NewSpan, OutSpan, Scope, SpanLink, SplicedSpan } from "./out-span.ts";
export { eventsOf, type SpanEvent } from "./read-events.ts";
export {
  attributeOf,
  attributesOf,
  endUnixNanoOf,
  flagsOf,
  kindOf,
  nameOf,
  parentSpanIdOf,
  resourceAttributesOf,
  scopeNameOf,
  spanIdOf,
  startUnixNanoOf,
  traceIdOf,
  traceStateOf,
} from "./read-span.ts";
export { createRedactor, type Redact } from "./redact.ts";
export { exportResponse, type Signal, statusBody } from "./response.ts";
export { scanMetrics } from "./scan-metrics.ts";
export { createTraceScanner, type Interest, type TraceScanner } from "./scan-trace.ts";
export type { Encoding, RejectedSpan, SpanTable } from "./span-table.ts";
export { withoutSpans } from "./without-spans.ts";

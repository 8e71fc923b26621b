import type {
  Attributes,
  Context,
  HrTime,
  Link,
  SpanContext,
  SpanKind,
  SpanStatus,
} from "@opentelemetry/api";
import { addNs, type Instant } from "@wattspan/footprint";

/** What is read of a span of an OpenTelemetry SDK, 2.x or 3.x (`ReadableSpan`). */
export interface SdkSpan {
  readonly name: string;
  readonly kind: SpanKind;
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext | undefined;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: Link[];
  readonly events: unknown[];
  readonly duration: HrTime;
  readonly ended: boolean;
  readonly resource: { readonly attributes: Attributes };
  readonly instrumentationScope: { readonly name: string };
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/** A span processor of an SDK, 2.x or 3.x. */
export interface SdkSpanProcessor {
  onStart(span: SdkSpan, parentContext: Context): void;
  onEnding?(span: SdkSpan): void;
  onEnd(span: SdkSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Outcome of an export: code 0 is success, 1 is failure. */
export interface SdkExportResult {
  readonly code: number;
  readonly error?: Error;
}

/** A span exporter of an SDK, 2.x or 3.x. */
export interface SdkSpanExporter {
  export(spans: SdkSpan[], resultCallback: (result: SdkExportResult) => void): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

/** A sampling decision: 0 does not record, 1 records, 2 records and samples. */
export interface SdkSamplingResult {
  readonly decision: 0 | 1 | 2;
}

/** A sampler of an SDK, 2.x or 3.x; its whole result is passed on, whatever else it carries. */
export interface SdkSampler<Result extends { readonly decision: number } = SdkSamplingResult> {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): Result;
  toString(): string;
}

const SECONDS_PER_EPOCH = 60;

/** The instant of an SDK's time, exact to the nanosecond. */
export function instantOfTime([seconds, nanos]: HrTime): Instant {
  const epoch = Math.floor(seconds / SECONDS_PER_EPOCH);
  const rest = (seconds - epoch * SECONDS_PER_EPOCH) * 1e9;
  return addNs({ epoch, ns: 0 }, rest + Math.round(nanos));
}

/** Whether a span is to be exported. */
export function isSampled(span: SdkSpan): boolean {
  return (span.spanContext().traceFlags & 1) === 1;
}

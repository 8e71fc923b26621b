import { context, propagation, type SpanKind, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base";

/** What a test looks at in a span; times in ms since 1970. */
export interface SeenSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly id: string;
  readonly parentId: string | undefined;
  readonly traceId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: ReadableSpan["attributes"];
  readonly isError: boolean;
}

/** Registers a real SDK for the whole process; `spans` are those that ended, in order. */
export function startTelemetry(...more: readonly SpanProcessor[]): {
  readonly spans: () => readonly SeenSpan[];
  readonly phases: () => readonly SeenSpan[];
  readonly stop: () => Promise<void>;
} {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(memory), ...more],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const spans = (): readonly SeenSpan[] => memory.getFinishedSpans().map(seen);
  return {
    spans,
    phases: () => spans().filter(({ attributes }) => "footprint.inference.phase" in attributes),
    async stop() {
      trace.disable();
      context.disable();
      propagation.disable();
      await provider.shutdown();
    },
  };
}

function seen(span: ReadableSpan): SeenSpan {
  const { spanId, traceId } = span.spanContext();
  return {
    name: span.name,
    kind: span.kind,
    id: spanId,
    parentId: span.parentSpanContext?.spanId,
    traceId,
    startMs: msOf(span.startTime),
    endMs: msOf(span.endTime),
    attributes: span.attributes,
    isError: span.status.code === 2,
  };
}

function msOf([seconds, nanos]: readonly [number, number]): number {
  return seconds * 1000 + nanos / 1e6;
}

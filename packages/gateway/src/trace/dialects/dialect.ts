import type { PhaseName } from "@wattspan/footprint";
import type { AttributeValue, SpanEvent } from "@wattspan/otlp";

/** The few fields of an engine's span that phases are derived from; made for held spans only. */
export interface EngineSpan {
  /** Lower-case hex, 32 digits. */
  readonly traceId: string;
  /** Lower-case hex, 16 digits. */
  readonly spanId: string;
  /** Lower-case hex, or empty at a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** OTLP span kind: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly resourceAttributes: ReadonlyMap<string, AttributeValue>;
  readonly scopeName: string;
  /** How probable it was that the span was sampled, as its trace state tells. */
  readonly probability?: number;
  /** Read for spans whose dialect asks for them by name. */
  readonly events?: readonly SpanEvent[];
}

/** One phase read from an engine's spans. */
export interface DerivedPhase {
  readonly phase: PhaseName;
  /** Tells phases of one request apart; the same whatever source gave the window: `prefill/<worker>/<attempt>`. */
  readonly key: string;
  /** Existing span that is this phase and takes the attributes; absent where a child span is synthesized. */
  readonly spanId?: string;
  /** Span under which a synthesized phase span is put: the worker's request span. */
  readonly parentSpanId: string;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** Computed tokens: prompt minus cached, or completion minus the one that prefill made; absent if unknown, NaN if implausible. */
  readonly processedTokens?: number;
  /** The window may include waiting for the engine. */
  readonly includesQueueing: boolean;
  /** Value of `footprint.inference.interval_source`. */
  readonly intervalSource: string;
  /** Identity of the worker: attributes of its spans and resources merged, most specific first. */
  readonly worker: ReadonlyMap<string, AttributeValue>;
  /** Device ids that the span itself names (`footprint.device.ids`). */
  readonly deviceIds?: readonly string[];
  /** Figures the sender already put on the span: it counts as load and keeps them. */
  readonly isSettled?: boolean;
  /** Charged only where the request has no phase of the serving side. */
  readonly isClientSide?: boolean;
}

/** One request read from the engine's spans of one trace. */
export interface DerivedRequest {
  /** Unique within the trace. */
  readonly requestId: string;
  /** Span that takes the roll-up; absent while it has not been seen. */
  readonly rootSpanId?: string;
  readonly model?: string;
  /** Spans are still to come: hold the trace until the hold time ends. */
  readonly isOpen: boolean;
  readonly phases: readonly DerivedPhase[];
}

/** An engine's way of writing traces. */
export interface Dialect {
  readonly name: string;
  /** Recordings of the engine in test/recordings that it is tested with; none: it is unverified, written from sources. */
  readonly recordings: readonly string[];
  /** Every value of `footprint.inference.interval_source` that it gives; none where spans say theirs themselves. */
  readonly intervalSources: readonly string[];
  /** Span names to hold back for this dialect. */
  readonly spanNames: readonly string[];
  /** Attribute keys that mark a span for this dialect whatever its name. */
  readonly markerKeys: readonly string[];
  /** Names of spans whose events are read too. */
  readonly eventSpanNames?: readonly string[];
  /** Requests and phases in the held spans of one trace. Pure; the order of `spans` does not matter. */
  derive(spans: readonly EngineSpan[]): readonly DerivedRequest[];
}

/** Is told which dialects are at work. */
export interface DialectObserver {
  /** A dialect knew a span of a trace; told again with every change of a trace. */
  onDialect?(name: string): void;
}

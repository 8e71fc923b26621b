import type { Footprint, RollUp } from "@wattspan/footprint";
import type { HeldSpan } from "@wattspan/otlp";
import type { StagedPhase } from "../device/device-stage.ts";
import type { DerivedPhase, DerivedRequest, EngineSpan } from "./dialects/dialect.ts";
import type { NotedDimension } from "./note-dimensions.ts";
import type { RecalledTrace } from "./recall-trace.ts";

/** A span held back until the figures of its trace are final. */
export interface WaitingSpan {
  readonly engine: EngineSpan;
  readonly held: HeldSpan;
  readonly traceState: string;
  readonly flags: number;
}

/** A phase with its place on devices, and the figures that were sent for it. */
export interface TracedPhase {
  readonly request: DerivedRequest;
  readonly derived: DerivedPhase;
  readonly staged: StagedPhase;
}

/** Figures that left, to tell later whether they still hold. */
export interface SentPhase {
  readonly spanId: string;
  traced: TracedPhase;
  /** Figures last sent, restatements included. */
  footprint: Footprint;
  beside: WaitingSpan;
  /** Whether the figures were told of as final. */
  state: "new" | "provisional" | "final";
  revision: number;
}

/** A request's total as it was told, corrections included. */
export interface SentTotal {
  /** The request's span. */
  readonly spanId: string;
  total: RollUp;
  revision: number;
}

/** Everything known of one trace. */
export interface TraceRecord {
  readonly traceId: string;
  /** Engine spans by span id, those that left included. */
  readonly spans: Map<string, EngineSpan>;
  readonly waiting: WaitingSpan[];
  /** Phases that take figures of ours. */
  phases: readonly TracedPhase[];
  /** Phases that came with figures of their own: load, and no more. */
  settled: readonly TracedPhase[];
  requests: readonly DerivedRequest[];
  readonly sent: Map<string, SentPhase>;
  /** Totals that left, by request id. */
  readonly rolledUp: Map<string, SentTotal>;
  /** The total of the trace left. */
  isSummedUp: boolean;
  /** By dimension, what spans that are not held say. */
  readonly dimensions: Map<string, NotedDimension>;
  /** When the first span now waiting came, ms. */
  waitingSinceMs: number;
  lastSeenMs: number;
  /** When the sent figures are looked at again, ms; Infinity once done. */
  recheckAtMs: number;
  /** One of the spans that left: late spans of ours go beside it. */
  left: WaitingSpan | undefined;
  /** Figures of it left before. */
  hasLeft: boolean;
  /** Other sites were told of its figures. */
  isAnnounced: boolean;
  /** What was said of it before a restart, or by another process, to be taken up as its spans come again. */
  recalled: RecalledTrace | undefined;
}

/** A trace of which nothing has been seen. */
export function createTraceRecord(traceId: string, nowMs: number): TraceRecord {
  return {
    traceId,
    spans: new Map(),
    waiting: [],
    phases: [],
    settled: [],
    requests: [],
    sent: new Map(),
    rolledUp: new Map(),
    isSummedUp: false,
    dimensions: new Map(),
    waitingSinceMs: nowMs,
    lastSeenMs: nowMs,
    recheckAtMs: Infinity,
    left: undefined,
    hasLeft: false,
    isAnnounced: false,
    recalled: undefined,
  };
}

/** Whether a figure that left is of a phase that ended in `[fromMs, toMs)`. */
export function endsWithin(record: TraceRecord, fromMs: number, toMs: number): boolean {
  for (const { traced } of record.sent.values()) {
    const endMs = Number(traced.staged.endUnixNano / 1_000_000n);
    if (endMs >= fromMs && endMs < toMs) return true;
  }
  return false;
}

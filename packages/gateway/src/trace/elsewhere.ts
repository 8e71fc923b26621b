import type { Footprint } from "@wattspan/footprint";
import type { PhaseStage } from "../device/device-stage.ts";
import type { EngineSpan } from "./dialects/dialect.ts";
import type { TraceRecord } from "./trace-record.ts";

/** The topmost span of a trace that one site has seen. */
export interface Topmost {
  readonly startUnixNano: bigint;
  /** Its parent, where that is of another site or of a caller that no gateway sees; else empty. */
  readonly parentSpanId: string;
}

/** What one site knows of a trace. */
export interface Fragment {
  readonly traceId: string;
  readonly topmost: Topmost;
  readonly phases: readonly {
    readonly id: string;
    readonly requestId: string;
    readonly footprint: Footprint;
  }[];
}

/** Where the other parts of traces are: gateways of other sites. */
export interface Elsewhere {
  /** Tells the other sites of figures that are final here; told again, it replaces what was told. */
  announce(fragment: Fragment): void;
  /** Figures of other sites for a request; `isOnly`: its trace has no other, so that any of them belongs to it. */
  partsOf(traceId: string, requestId: string, isOnly: boolean): readonly Footprint[];
  /** Whether no other site has a span above the topmost here: it rolls the trace up. */
  isTopmost(traceId: string, topmost: Topmost): boolean;
  /** All sites that are not silent have told of every trace whose spans ended before, ms. */
  toldMs(nowMs: number): number;
  /** How long a trace waits for a site that knows the parent of its topmost span here, ms. */
  readonly parentWaitMs: number;
}

/** There is one site. */
export const NOWHERE: Elsewhere = {
  announce() {},
  partsOf: () => [],
  isTopmost: () => true,
  toldMs: () => Number.POSITIVE_INFINITY,
  parentWaitMs: 0,
};

/** What this site knows of a trace. */
export function fragmentOf(record: TraceRecord, stage: PhaseStage): Fragment {
  return {
    traceId: record.traceId,
    topmost: topmostOf(record),
    phases: record.phases
      .filter(({ derived }) => derived.phase !== "kv_transfer")
      .map(({ request, staged }) => ({
        id: staged.id,
        requestId: request.requestId,
        footprint: stage.footprintOf(staged, false),
      })),
  };
}

/** The span without a parent here that starts first. */
export function topmostOf({ spans }: TraceRecord): Topmost {
  let topmost: EngineSpan | undefined;
  for (const span of spans.values()) {
    if (spans.has(span.parentSpanId)) continue;
    if (topmost === undefined || isAbove(span, topmost)) topmost = span;
  }
  return topmost ?? { startUnixNano: 2n ** 63n, parentSpanId: "" };
}

/** A root before any span whose parent is elsewhere, then what starts first. */
export function isAbove(a: Topmost, b: Topmost): boolean {
  const isRoot = a.parentSpanId === "";
  if (isRoot !== (b.parentSpanId === "")) return isRoot;
  return a.startUnixNano < b.startUnixNano;
}

/** Whether the other sites have said what they know of a trace, or been waited for. */
export function isToldOf(record: TraceRecord, elsewhere: Elsewhere, nowMs: number): boolean {
  if (elsewhere.toldMs(nowMs) < lastEndMsOf(record)) return false;
  const topmost = topmostOf(record);
  // A parent ends later, perhaps at another site; or it is a caller's, which no gateway sees.
  const isRoot = topmost.parentSpanId === "";
  if (isRoot || !elsewhere.isTopmost(record.traceId, topmost)) return true;
  return nowMs - record.lastSeenMs >= elsewhere.parentWaitMs;
}

/** End of the trace's last span here, ms. */
export function lastEndMsOf({ spans }: TraceRecord): number {
  let last = 0n;
  for (const { endUnixNano } of spans.values()) if (endUnixNano > last) last = endUnixNano;
  return Number(last / 1_000_000n);
}

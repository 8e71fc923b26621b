import type { Footprint } from "@wattspan/footprint";
import type { DeviceStage } from "../device/device-stage.ts";
import type { EngineSpan } from "./dialects/dialect.ts";
import type { TraceRecord } from "./trace-record.ts";

/** What one site knows of a trace. */
export interface Fragment {
  readonly traceId: string;
  /** Start of its topmost span here. */
  readonly topmostUnixNano: bigint;
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
  /** Whether no other site has a span above the topmost here, which starts then: it rolls the trace up. */
  isTopmost(traceId: string, topmostUnixNano: bigint): boolean;
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
export function fragmentOf(record: TraceRecord, stage: DeviceStage): Fragment {
  return {
    traceId: record.traceId,
    topmostUnixNano: topmostUnixNanoOf(record),
    phases: record.phases
      .filter(({ derived }) => derived.phase !== "kv_transfer")
      .map(({ request, staged }) => ({
        id: staged.id,
        requestId: request.requestId,
        footprint: stage.footprintOf(staged, false),
      })),
  };
}

/** Start of the trace's first span here. */
export function topmostUnixNanoOf({ spans }: TraceRecord): bigint {
  let first = 2n ** 64n;
  for (const { startUnixNano } of spans.values()) if (startUnixNano < first) first = startUnixNano;
  return first;
}

/** Whether the other sites have said what they know of a trace, or been waited for. */
export function isToldOf(record: TraceRecord, elsewhere: Elsewhere, nowMs: number): boolean {
  if (elsewhere.toldMs(nowMs) < lastEndMsOf(record)) return false;
  if (!elsewhere.isTopmost(record.traceId, topmostUnixNanoOf(record))) return true;
  return !hasUnseenParent(record) || nowMs - record.lastSeenMs >= elsewhere.parentWaitMs;
}

/** A parent that ends later, perhaps at another site, or a span of a caller that no gateway sees. */
function hasUnseenParent({ spans }: TraceRecord): boolean {
  let topmost: EngineSpan | undefined;
  for (const span of spans.values()) {
    if (topmost === undefined || span.startUnixNano < topmost.startUnixNano) topmost = span;
  }
  return topmost !== undefined && topmost.parentSpanId !== "" && !spans.has(topmost.parentSpanId);
}

/** End of the trace's last span here, ms. */
export function lastEndMsOf({ spans }: TraceRecord): number {
  let last = 0n;
  for (const { endUnixNano } of spans.values()) if (endUnixNano > last) last = endUnixNano;
  return Number(last / 1_000_000n);
}

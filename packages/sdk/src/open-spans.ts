import { compareInstants, type Instant, unixMsOf } from "@wattspan/footprint";
import { ATTR_FOOTPRINT_DEVICE_IDS } from "@wattspan/semconv";
import { instantOfTime, type SdkSpan } from "./sdk-shape.ts";

/** Spans that started and have not ended: what a worker knows that a gateway has to guess. */
export interface OpenSpans {
  start(spanId: string, span: SdkSpan, isPhase: boolean): void;
  /** What the span started as; undefined where it is not open. */
  end(spanId: string): "phase" | "other" | undefined;
  has(spanId: string): boolean;
  /** Start of the earliest phase that may be on the device; undefined where none is open. */
  earliestOn(deviceId: string): Instant | undefined;
  readonly phaseCount: number;
  /** Start of the earliest phase of all, ms since 1970. */
  readonly earliestMs: number | undefined;
}

/** Nothing is open. A phase that names no device may be on any. */
export function createOpenSpans(): OpenSpans {
  /** Phases with their span; of all others it is enough that they are open. */
  const open = new Map<string, SdkSpan | null>();
  const earliest = new Map<string, Instant | undefined>();
  let phaseCount = 0;

  function changePhases(by: 1 | -1): void {
    phaseCount += by;
    if (earliest.size > 0) earliest.clear();
  }

  return {
    start(spanId, span, isPhase) {
      open.set(spanId, isPhase ? span : null);
      if (isPhase) changePhases(1);
    },
    end(spanId) {
      const span = open.get(spanId);
      if (span === undefined) return undefined;
      open.delete(spanId);
      if (span === null) return "other";
      changePhases(-1);
      return "phase";
    },
    has: (spanId) => open.has(spanId),
    earliestOn(deviceId) {
      if (earliest.has(deviceId)) return earliest.get(deviceId);
      let first: Instant | undefined;
      for (const span of open.values()) {
        if (span === null || !mayBeOn(span, deviceId)) continue;
        const at = instantOfTime(span.startTime);
        if (first === undefined || compareInstants(at, first) < 0) first = at;
      }
      earliest.set(deviceId, first);
      return first;
    },
    get phaseCount() {
      return phaseCount;
    },
    get earliestMs() {
      let first: number | undefined;
      for (const span of open.values()) {
        if (span === null) continue;
        const ms = unixMsOf(instantOfTime(span.startTime));
        if (first === undefined || ms < first) first = ms;
      }
      return first;
    },
  };
}

function mayBeOn({ attributes }: SdkSpan, deviceId: string): boolean {
  const ids = attributes[ATTR_FOOTPRINT_DEVICE_IDS];
  return !Array.isArray(ids) || (ids as unknown[]).includes(deviceId);
}

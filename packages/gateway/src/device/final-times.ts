import { meterWaitMs } from "@wattspan/footprint";
import type { PipelineOptions } from "../pipeline-options.ts";
import { createSettleWait, type SettleWait } from "./settle-wait.ts";

/** An engine that has counted nothing for this long is not waited for, ms. */
const COUNTS_GRACE_MS = 180_000;

/** How far what is told of a device comes behind. */
interface Lag {
  toldUntilMs: number;
  lagMs: number;
}

/** Knows when nothing can change a figure any more, by how phases and readings of its devices have come so far; ms. */
export interface FinalTimes {
  /** A phase that was not known before. */
  notePhase(device: string, durationMs: number, nowMs: number): void;
  /** The device's meter has told until then. */
  noteReading(device: string, untilMs: number, nowMs: number): void;
  /** The device's engines have counted until then. */
  noteCount(device: string, untilMs: number, nowMs: number): void;
  /** When the figures of a phase that ended at `endMs` are final; of the phases beside it all are seen, or not. */
  finalAtMs(endMs: number, devices: readonly string[], isAllSeen: boolean): number;
  /** Whether engines count. */
  readonly hasCounts: boolean;
}

/** Creates it without history. */
export function createFinalTimes({
  lingerMs,
  holdMs,
  exportDelayMs,
}: PipelineOptions["join"]): FinalTimes {
  const waits = new Map<string, SettleWait>();
  const meters = new Map<string, Lag>();
  const counts = new Map<string, Lag>();

  /** How long after its end the load beside a phase can still change. */
  function loadWaitMs(device: string, endMs: number, isAllSeen: boolean): number {
    const counted = counts.get(device);
    if (counted !== undefined && endMs - counted.toldUntilMs < COUNTS_GRACE_MS) {
      if (counted.toldUntilMs >= endMs) return lingerMs;
      return meterWaitMs(counted.lagMs, lingerMs);
    }
    // The price of its window follows every phase that comes.
    if (!isAllSeen) return holdMs;
    return Math.max(lingerMs, waits.get(device)?.waitMs() ?? 0) + exportDelayMs;
  }

  function meterLagMs(device: string, endMs: number): number {
    const meter = meters.get(device);
    return meter === undefined || meter.toldUntilMs >= endMs
      ? 0
      : meterWaitMs(meter.lagMs, lingerMs);
  }

  return {
    notePhase(device, durationMs, nowMs) {
      const wait = waits.get(device) ?? createSettleWait();
      waits.set(device, wait);
      wait.record(durationMs, nowMs);
    },
    noteReading: (device, untilMs, nowMs) => noteLag(meters, device, untilMs, nowMs),
    noteCount: (device, untilMs, nowMs) => noteLag(counts, device, untilMs, nowMs),
    finalAtMs(endMs, devices, isAllSeen) {
      let waitMs = lingerMs;
      for (const device of devices) {
        const loadMs = Math.min(holdMs, loadWaitMs(device, endMs, isAllSeen));
        waitMs = Math.max(waitMs, loadMs, meterLagMs(device, endMs));
      }
      return endMs + waitMs;
    },
    get hasCounts() {
      return counts.size > 0;
    },
  };
}

function noteLag(lags: Map<string, Lag>, device: string, untilMs: number, nowMs: number): void {
  const lag = lags.get(device);
  if (lag === undefined) lags.set(device, { toldUntilMs: untilMs, lagMs: 0 });
  else if (untilMs > lag.toldUntilMs) {
    lag.lagMs = Math.max(nowMs - lag.toldUntilMs, lag.lagMs * 0.99);
    lag.toldUntilMs = untilMs;
  }
}

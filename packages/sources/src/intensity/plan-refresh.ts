import type { KeptPoint } from "./choose-factor.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Ages of an interval after which its value is asked for again: providers read their own sources again. */
const ASK_AGAIN_MS = [6 * HOUR_MS, 2 * DAY_MS, 35 * DAY_MS, 95 * DAY_MS];

/** A range to ask for, ms, right-open. */
export interface AskedRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The ranges of `[fromMs, toMs)` that have to be asked for at `nowMs`: intervals begun that have no value, a forecast or
 * one that is due again, joined to requests of at most `longestRangeMs`.
 */
export function planRefresh(
  valueAt: (ms: number) => KeptPoint | undefined,
  range: AskedRange,
  nowMs: number,
  limits: { readonly stepMs: number; readonly longestRangeMs: number },
): readonly AskedRange[] {
  const { stepMs, longestRangeMs } = limits;
  const ranges: { fromMs: number; toMs: number }[] = [];
  const firstMs = Math.floor(range.fromMs / stepMs) * stepMs;
  for (let ms = firstMs; ms < Math.min(range.toMs, nowMs); ms += stepMs) {
    if (!isDue(valueAt(ms), nowMs)) continue;
    const last = ranges.at(-1);
    const joins = last?.toMs === ms && ms + stepMs - last.fromMs <= longestRangeMs;
    if (last !== undefined && joins) last.toMs = ms + stepMs;
    else ranges.push({ fromMs: ms, toMs: ms + stepMs });
  }
  return ranges;
}

/** Whether an interval's value has to be asked for. */
function isDue(point: KeptPoint | undefined, nowMs: number): boolean {
  if (point === undefined || point.quality === "forecast") return true;
  const ageMs = nowMs - point.toMs;
  const knownAgeMs = point.retrievedMs - point.toMs;
  return ASK_AGAIN_MS.some((dueMs) => knownAgeMs < dueMs && dueMs <= ageMs);
}

import { compareInstants, EPOCH_NS, type Instant } from "../instant.ts";
import type { CountedLoad } from "./epoch-input.ts";
import type { EpochRecord } from "./epoch-record.ts";

/** Load that was counted on a device over `[from, to)`. */
export interface LoadReading {
  readonly device: string;
  readonly from: Instant;
  readonly to: Instant;
  /** Weight computed in the interval, of seen and unseen requests together. */
  readonly weight: number;
  readonly running: number;
}

/** Load whose rate is known. */
export type RatedLoad = CountedLoad & { readonly rate: number };

/** Canonical order of loads. */
export function compareLoads(a: LoadReading, b: LoadReading): number {
  return (
    compareInstants(a.from, b.from) ||
    compareInstants(a.to, b.to) ||
    a.weight - b.weight ||
    a.running - b.running
  );
}

/**
 * Loads that meet the window, made free of overlap: at every instant the one that started last and still runs, so
 * what lies outside the window changes nothing inside.
 */
export function loadsOf(
  loads: readonly LoadReading[],
  epoch: number,
  record: Pick<EpochRecord, "windowFrom" | "windowTo">,
): RatedLoad[] {
  const found: RatedLoad[] = [];
  const open: RatedLoad[] = [];
  for (const load of loads) {
    const from = (load.from.epoch - epoch) * EPOCH_NS + load.from.ns;
    const to = (load.to.epoch - epoch) * EPOCH_NS + load.to.ns;
    if (to <= record.windowFrom || from >= record.windowTo || to <= from) continue;
    passUntil(from, open, found);
    open.push({ from, to, rate: load.weight / ((to - from) * 1e-9), running: load.running });
  }
  passUntil(Infinity, open, found);
  return found;
}

/** Moves to `found` what the open loads, the last one on top, have in force before `until`. */
function passUntil(until: number, open: RatedLoad[], found: RatedLoad[]): void {
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const from = Math.max(top.from, found[found.length - 1]?.to ?? top.from);
    const to = Math.min(top.to, until);
    if (to > from) found.push({ ...top, from, to });
    if (top.to > until) {
      open.push(top);
      return;
    }
  }
}

/** Loads of several sources that run beside each other; each list is in time order and free of overlap. */
export function addLoads(lists: readonly (readonly RatedLoad[])[]): readonly RatedLoad[] {
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length < 2) return filled[0] ?? [];
  const times = [...new Set(filled.flatMap((list) => list.flatMap(({ from, to }) => [from, to])))];
  times.sort((a, b) => a - b);
  const at = filled.map(() => 0);
  const sums: RatedLoad[] = [];
  for (let i = 0; i + 1 < times.length; i++) {
    const from = times[i] as number;
    const to = times[i + 1] as number;
    let isCounted = false;
    let isMean = false;
    let rate = 0;
    let running = 0;
    for (const [k, list] of filled.entries()) {
      while ((list[at[k] as number]?.to ?? Infinity) <= from) at[k] = (at[k] as number) + 1;
      const load = list[at[k] as number];
      if (load === undefined || load.from > from) continue;
      isCounted = true;
      isMean ||= load.isMean === true;
      rate += load.rate;
      running += load.running;
    }
    if (isCounted) sums.push({ from, to, rate, running, isMean });
  }
  return sums;
}

/** Whether loads, in time order and free of overlap, leave nothing of the epoch out. */
export function coversEpoch(loads: readonly RatedLoad[]): boolean {
  let covered = 0;
  for (const { from, to } of loads) {
    covered += Math.max(0, Math.min(to, EPOCH_NS) - Math.max(from, 0));
  }
  return covered >= EPOCH_NS - 1;
}

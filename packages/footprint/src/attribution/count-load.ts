import { compareInstants, EPOCH_NS, type Instant } from "../instant.ts";
import type { CountedLoad } from "./epoch-input.ts";
import type { EpochRecord } from "./epoch-record.ts";

/** Load that an engine counted on a device over `[from, to)`. */
export interface LoadReading {
  readonly device: string;
  readonly from: Instant;
  readonly to: Instant;
  /** Weight computed in the interval, of seen and unseen requests together. */
  readonly weight: number;
  readonly running: number;
}

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
  record: EpochRecord,
): CountedLoad[] {
  const found: CountedLoad[] = [];
  const open: CountedLoad[] = [];
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
function passUntil(until: number, open: CountedLoad[], found: CountedLoad[]): void {
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

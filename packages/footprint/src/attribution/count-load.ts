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

/** Loads that meet the window, made free of overlap: the later start cuts the earlier load short. */
export function loadsOf(
  loads: readonly LoadReading[],
  epoch: number,
  record: EpochRecord,
): CountedLoad[] {
  const found: CountedLoad[] = [];
  for (const load of loads) {
    const from = (load.from.epoch - epoch) * EPOCH_NS + load.from.ns;
    const to = (load.to.epoch - epoch) * EPOCH_NS + load.to.ns;
    if (to <= record.windowFrom || from >= record.windowTo || to <= from) continue;
    const before = found[found.length - 1];
    if (before !== undefined && before.to > from) found[found.length - 1] = { ...before, to: from };
    const rate = load.weight / ((to - from) * 1e-9);
    found.push({ from, to, rate, running: load.running });
  }
  return found.filter((load) => load.to > load.from);
}

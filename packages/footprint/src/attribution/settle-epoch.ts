import { clockDifference, createClockRunner, type EpochBalance } from "./advance-clocks.ts";
import { boundEntries } from "./bound-entries.ts";
import { createSegmentBuilder } from "./build-segments.ts";
import type { EpochInput } from "./epoch-input.ts";

/** Figures of one epoch on one device, in the order of the input's entries. */
export interface EpochSettlement {
  /** Stretches of the epoch between cuts; figures of entry `i` in part `p` are at `i * parts + p`. */
  readonly parts: number;
  readonly dynamicJoules: Float64Array;
  /** Share of baseline draw; 0 unless the policy is `shared`. */
  readonly idleJoules: Float64Array;
  /** Bounds over the intervals that end in this epoch; Infinity where nothing limits the draw. */
  readonly lowerJoules: Float64Array;
  readonly upperJoules: Float64Array;
  /** Time inside the epoch that readings cover, and metered energy of that time, per entry. */
  readonly coveredNs: Float64Array;
  readonly windowJoules: Float64Array;
  readonly balance: EpochBalance;
}

/**
 * Creates the settlement of epochs: a pure function of (device, epoch) that reuses its working memory. Energy is
 * conserved: metered = attributed + idle + unattributed.
 */
export function createEpochSettler(): (input: EpochInput) => EpochSettlement {
  const buildSegments = createSegmentBuilder();
  const runClocks = createClockRunner();

  return (input) => {
    const { entries, cuts, terms } = input;
    const segments = buildSegments(input);
    const { clocks, balance } = runClocks(input, segments);
    const { entryFrom, entryTo, partAt } = segments;
    const parts = cuts.length + 1;
    const { count, rate } = entries;
    const dynamicJoules = new Float64Array(count * parts);
    const idleJoules = new Float64Array(count * parts);
    const coveredNs = new Float64Array(count);
    const windowJoules = new Float64Array(count);
    const lowerJoules = new Float64Array(count);
    const upperJoules = new Float64Array(count);
    const isShared = terms.idlePolicy === "shared";

    for (let i = 0; i < count; i++) {
      const entry = segments.entryOrder[i] as number;
      const from = entryFrom[entry] as number;
      const to = entryTo[entry] as number;
      for (let part = 0; part < parts; part++) {
        const a = Math.max(from, partAt[part] as number);
        const b = Math.min(to, partAt[part + 1] as number);
        if (b <= a) continue;
        coveredNs[entry] =
          (coveredNs[entry] as number) +
          (clocks.covered[b] as number) -
          (clocks.covered[a] as number);
        windowJoules[entry] =
          (windowJoules[entry] as number) +
          (clocks.metered[b] as number) -
          (clocks.metered[a] as number);
        if (rate[entry] === 0) continue;
        const at = entry * parts + part;
        dynamicJoules[at] =
          (rate[entry] as number) * clockDifference(clocks.dynamic, clocks.dynamicRest, a, b);
        if (isShared) idleJoules[at] = clockDifference(clocks.idle, clocks.idleRest, a, b);
        balance.attributedJoules += (dynamicJoules[at] as number) + (idleJoules[at] as number);
      }
    }
    boundEntries(input, segments, clocks, lowerJoules, upperJoules);
    return {
      parts,
      dynamicJoules,
      idleJoules,
      lowerJoules,
      upperJoules,
      coveredNs,
      windowJoules,
      balance,
    };
  };
}

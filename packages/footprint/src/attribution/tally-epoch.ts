import { EPOCH_NS } from "../instant.ts";
import { createSegmentBuilder } from "./build-segments.ts";
import type { EpochInput } from "./epoch-input.ts";
import { fillWorkWatts } from "./shape-interval.ts";

/** What an epoch adds to the price of a window of sampled traces. */
export interface EpochTally {
  /** Drawn for work, J. */
  readonly joules: number;
  /** Weights of the seen phases inside, each as many times as its trace stands for. */
  readonly weight: number;
  /** Their seconds, likewise. */
  readonly phaseSeconds: number;
  /** Seconds that readings cover. */
  readonly seconds: number;
  /** Seen phases that meet the epoch, and those of them that did not begin before it. */
  readonly phases: number;
  readonly begun: number;
}

/** Creates the tally of epochs, a pure function of their input that reuses its memory. */
export function createEpochTallier(): (input: EpochInput) => EpochTally {
  const buildSegments = createSegmentBuilder();
  let watts = new Float64Array(0);
  let drawnSeconds = new Float64Array(1);

  return (input) => {
    const segments = buildSegments(input);
    const { count, at, entryFrom, entryTo, partAt } = segments;
    if (watts.length < count) {
      watts = new Float64Array(count * 2);
      drawnSeconds = new Float64Array(count * 2 + 1);
    }
    fillWorkWatts(watts, input, segments);
    const first = partAt[0] as number;
    const end = partAt[input.cuts.length + 1] as number;
    let joules = 0;
    let seconds = 0;
    for (let j = 0; j < count; j++) {
      const length = ((at[j + 1] as number) - (at[j] as number)) * 1e-9;
      const isDrawn = (watts[j] as number) > 0;
      drawnSeconds[j + 1] = (drawnSeconds[j] as number) + (isDrawn ? length : 0);
      if (j < first || j >= end || Number.isNaN(watts[j])) continue;
      joules += (watts[j] as number) * length;
      seconds += length;
    }
    const { entries } = input;
    let weight = 0;
    let phaseSeconds = 0;
    let phases = 0;
    let begun = 0;
    for (let i = 0; i < entries.count; i++) {
      const entry = segments.entryOrder[i] as number;
      const start = entries.start[entry] as number;
      if (entries.rate[entry] === 0 || start >= EPOCH_NS || (entries.end[entry] as number) <= 0)
        continue;
      const from = Math.max(first, entryFrom[entry] as number);
      const to = Math.min(end, entryTo[entry] as number);
      const drawn = (drawnSeconds[to] as number) - (drawnSeconds[from] as number);
      const standsFor = entries.standsFor[entry] as number;
      weight += standsFor * (entries.rate[entry] as number) * drawn;
      phaseSeconds += standsFor * drawn;
      phases++;
      if (start >= 0) begun++;
    }
    return { joules, weight, phaseSeconds, seconds, phases, begun };
  };
}

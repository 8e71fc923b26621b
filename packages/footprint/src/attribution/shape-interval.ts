import type { Segments } from "./build-segments.ts";
import type { EpochInput } from "./epoch-input.ts";

const SECONDS_PER_NS = 1e-9;

/** Power levels of one interval: `base` all along, `extra` over the busy time (or all along), `unseen` set apart. */
export interface IntervalPower {
  base: number;
  extra: number;
  unseen: number;
}

/**
 * `busy`: idle power all along, the rest over the time with a phase open, capped at the device's maximum, what
 * does not fit is unseen load. `uniform`: the same power all along.
 */
export function shapeInterval(
  { terms, intervals }: EpochInput,
  { at, running, load, fromAt, toAt }: Segments,
  interval: number,
  power: IntervalPower,
): void {
  const first = fromAt[interval] as number;
  const end = toAt[interval] as number;
  const joules = intervals.joules[interval] as number;
  const seconds = ((at[end] as number) - (at[first] as number)) * SECONDS_PER_NS;
  const mean = joules / seconds;
  power.base = Math.min(mean, terms.idleWatts);
  power.unseen = 0;
  if (terms.timeShape === "uniform") {
    power.extra = mean - power.base;
    return;
  }
  let busyNs = 0;
  for (let j = first; j < end; j++) {
    if ((running[j] as number) > 0 || (load[j] as number) > 0) {
      busyNs += (at[j + 1] as number) - (at[j] as number);
    }
  }
  const busySeconds = busyNs * SECONDS_PER_NS;
  const rest = (mean - power.base) * seconds;
  const room = busySeconds > 0 ? Math.max(0, terms.maxWatts - power.base) * busySeconds : 0;
  const placed = Math.min(rest, room);
  power.extra = busySeconds > 0 ? placed / busySeconds : 0;
  power.unseen = (rest - placed) / seconds;
}

/**
 * Fills `watts` with what every segment of an interval draws for the work that is open in it, W; NaN where nothing was
 * read, 0 where nothing is open.
 */
export function fillWorkWatts(watts: Float64Array, input: EpochInput, segments: Segments): void {
  const { intervals, terms } = input;
  const { count, fromAt, toAt, running, load } = segments;
  const power: IntervalPower = { base: 0, extra: 0, unseen: 0 };
  watts.fill(Number.NaN, 0, count);
  for (let k = 0; k < intervals.count; k++) {
    if (intervals.isGap[k] === 1) continue;
    shapeInterval(input, segments, k, power);
    const work = terms.idlePolicy === "included" ? power.base + power.extra : power.extra;
    for (let j = fromAt[k] as number; j < (toAt[k] as number); j++) {
      watts[j] = (running[j] as number) > 0 || (load[j] as number) > 0 ? work : 0;
    }
  }
}

import { EPOCH_NS } from "../instant.ts";
import type { Clocks } from "./advance-clocks.ts";
import type { Segments } from "./build-segments.ts";
import type { DeviceTerms, EpochInput } from "./epoch-input.ts";
import { createIntervalSolver, type IntervalSolver } from "./solve-interval.ts";

/**
 * Fills `lower` and `upper` with the extremes of each entry's figure over all power curves between the device's
 * minimum and maximum that have the known total in every meter interval. An interval belongs to the epoch in which
 * it ends. Intervals that an entry covers whole are read from two running sums; the others are fractional
 * knapsacks: energy is put where the load is lowest (upper) or outside the entry and then where it is highest (lower).
 */
export function boundEntries(
  input: EpochInput,
  segments: Segments,
  clocks: Clocks,
  lower: Float64Array,
  upper: Float64Array,
): void {
  const owned = ownedIntervals(input);
  if (owned.end <= owned.first && input.entries.count === 0) return;
  const solver = createIntervalSolver(input, segments, clocks);
  const whole = wholeIntervals(input, segments, solver, owned);
  const { entries } = input;
  const { entryFrom, entryTo, earliestAt, latestAt, partAt } = segments;
  const epochFrom = partAt[0] as number;
  const epochTo = partAt[input.cuts.length + 1] as number;

  for (let entry = 0; entry < entries.count; entry++) {
    const rate = entries.rate[entry] as number;
    if (rate === 0) continue;
    const from = entryFrom[entry] as number;
    const to = entryTo[entry] as number;
    const isQueueing = entries.queueing[entry] === 1;
    let first = firstAbove(latestAt, from, owned.first, owned.end);
    let end = first;
    let low = 0;
    let high = 0;
    const edge = (k: number): void => {
      const a = Math.max(from, earliestAt[k] as number);
      const b = Math.min(to, latestAt[k] as number);
      if (b <= a) return;
      if (isQueueing) high += solver.most(k, a, b);
      else {
        low += solver.lower(k, a, b, rate);
        high += solver.upper(k, a, b, rate);
      }
    };
    const isWhole = (k: number): boolean =>
      (earliestAt[k] as number) >= from && (latestAt[k] as number) <= to;
    while (first < owned.end && (earliestAt[first] as number) < to && !isWhole(first))
      edge(first++);
    end = first;
    if (first < owned.end && isWhole(first)) {
      end = firstAbove(latestAt, to, first, owned.end);
      const i = first - owned.first;
      const j = end - owned.first;
      if (isQueueing) high += (whole.joules[j] as number) - (whole.joules[i] as number);
      else {
        low +=
          rate * ((whole.lower[j] as number) - (whole.lower[i] as number)) +
          ((whole.idleLower[j] as number) - (whole.idleLower[i] as number));
        high +=
          rate * ((whole.upper[j] as number) - (whole.upper[i] as number)) +
          ((whole.idleUpper[j] as number) - (whole.idleUpper[i] as number));
      }
      while (end < owned.end && (earliestAt[end] as number) < to) edge(end++);
    }
    const a = Math.max(from, epochFrom);
    const b = Math.min(to, epochTo);
    if (b > a) high += darkUpper(input.terms, clocks, a, b, rate, isQueueing);
    lower[entry] = low;
    upper[entry] = high;
  }
}

/** Where nothing was read the device may have drawn its maximum. */
function darkUpper(
  terms: DeviceTerms,
  clocks: Clocks,
  from: number,
  to: number,
  rate: number,
  isQueueing: boolean,
): number {
  const perLoad = (clocks.darkPerLoad[to] as number) - (clocks.darkPerLoad[from] as number);
  if (perLoad <= 0) return 0;
  const subtracted = terms.idlePolicy === "included" ? 0 : terms.idleWatts;
  const perRunning =
    (clocks.darkPerRunning[to] as number) - (clocks.darkPerRunning[from] as number);
  const idle = terms.idlePolicy === "shared" ? terms.idleWatts * perRunning : 0;
  return isQueueing ? Infinity : rate * (terms.maxWatts - subtracted) * perLoad + idle;
}

function ownedIntervals({ intervals }: EpochInput): { first: number; end: number } {
  let first = 0;
  while (first < intervals.count && (intervals.to[first] as number) <= 0) first++;
  let end = first;
  while (end < intervals.count && (intervals.to[end] as number) <= EPOCH_NS) end++;
  return { first, end };
}

/** First index in `[first, end)` whose boundary is above `boundary`; boundaries ascend. */
function firstAbove(boundaries: Uint32Array, boundary: number, first: number, end: number): number {
  let low = first;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((boundaries[middle] as number) > boundary) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface WholeSums {
  lower: Float64Array;
  upper: Float64Array;
  idleLower: Float64Array;
  idleUpper: Float64Array;
  joules: Float64Array;
}

/** Running sums of the extremes of intervals that have a phase open all along, per unit of rate. */
function wholeIntervals(
  { intervals }: EpochInput,
  { load, earliestAt, latestAt }: Segments,
  solver: IntervalSolver,
  owned: { first: number; end: number },
): WholeSums {
  const size = owned.end - owned.first + 1;
  const sums: WholeSums = {
    lower: new Float64Array(size),
    upper: new Float64Array(size),
    idleLower: new Float64Array(size),
    idleUpper: new Float64Array(size),
    joules: new Float64Array(size),
  };
  for (let i = 0; i + 1 < size; i++) {
    const k = owned.first + i;
    const a = earliestAt[k] as number;
    const b = latestAt[k] as number;
    let isOpen = b > a && intervals.isGap[k] === 0;
    for (let j = a; isOpen && j < b; j++) isOpen = (load[j] as number) > 0;
    sums.lower[i + 1] = (sums.lower[i] as number) + (isOpen ? solver.dynamicLower(k, a, b) : 0);
    sums.upper[i + 1] = (sums.upper[i] as number) + (isOpen ? solver.dynamicUpper(k, a, b) : 0);
    sums.idleLower[i + 1] =
      (sums.idleLower[i] as number) + (isOpen ? solver.idleLower(k, a, b) : 0);
    sums.idleUpper[i + 1] =
      (sums.idleUpper[i] as number) + (isOpen ? solver.idleUpper(k, a, b) : 0);
    sums.joules[i + 1] =
      (sums.joules[i] as number) + (intervals.isGap[k] === 0 ? (intervals.joules[k] as number) : 0);
  }
  return sums;
}

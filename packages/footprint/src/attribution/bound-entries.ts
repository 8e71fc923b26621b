import { EPOCH_NS } from "../instant.ts";
import type { Clocks } from "./advance-clocks.ts";
import type { Segments } from "./build-segments.ts";
import type { DeviceTerms, EpochInput } from "./epoch-input.ts";
import { createIntervalSolver, type IntervalSolver } from "./solve-interval.ts";

/** Fills the first two figures of every entry's row: lower and upper bound in joules. */
export type EntryBounder = (
  input: EpochInput,
  segments: Segments,
  clocks: Clocks,
  rows: Float64Array,
  stride: number,
  owned: OwnedIntervals,
) => void;

/** The intervals `[first, end)` whose bounds an epoch gives: those that end in it. */
export interface OwnedIntervals {
  readonly first: number;
  readonly end: number;
}

/**
 * Creates the bounds of entries: the extremes of each one's figure over all power curves between the device's
 * minimum and maximum that have the known total in every meter interval. An interval belongs to the epoch in which
 * it ends. Intervals that an entry covers whole are read from running sums; the others are fractional knapsacks:
 * energy is put where the load is lowest (upper) or outside the entry and then where it is highest (lower).
 */
export function createEntryBounder(): EntryBounder {
  const solver = createIntervalSolver();
  const whole = wholeSums(0);

  return (input, segments, clocks, rows, stride, { first, end }) => {
    const { entries } = input;
    if (entries.count === 0) return;
    solver.prepare(input, segments, clocks);
    if (whole.joules.length <= end) Object.assign(whole, wholeSums(end * 2 + 1));
    sumWhole(whole, input, segments, solver, first, end);
    const { entryFrom, entryTo, entryOrder, earliestAt, latestAt, partAt } = segments;
    const epochFrom = partAt[0] as number;
    const epochTo = partAt[input.cuts.length + 1] as number;
    const isDark = hasDark(clocks, epochFrom, epochTo);

    let reached = first;
    for (let i = 0; i < entries.count; i++) {
      // By start: the first interval of an entry never lies before that of the entry before it.
      const entry = entryOrder[i] as number;
      const rate = entries.rate[entry] as number;
      if (rate === 0) continue;
      const from = entryFrom[entry] as number;
      const to = entryTo[entry] as number;
      const isQueueing = entries.queueing[entry] === 1;
      while (reached < end && (latestAt[reached] as number) <= from) reached++;
      let low = 0;
      let high = 0;
      for (let k = reached; k < end && (earliestAt[k] as number) < to; k++) {
        const a = earliestAt[k] as number;
        const b = latestAt[k] as number;
        if (a >= from && b <= to) {
          const last = firstAbove(latestAt, to, k, end);
          if (isQueueing) high += difference(whole.joules, k, last);
          else {
            low += rate * difference(whole.lower, k, last) + difference(whole.idleLower, k, last);
            high += rate * difference(whole.upper, k, last) + difference(whole.idleUpper, k, last);
          }
          k = last - 1;
          continue;
        }
        const inner = a > from ? a : from;
        const outer = b < to ? b : to;
        if (outer <= inner) continue;
        if (isQueueing) high += solver.most(k, inner, outer);
        else {
          low += solver.lower(k, inner, outer, rate);
          high += solver.upper(k, inner, outer, rate);
        }
      }
      if (isDark) {
        const a = Math.max(from, epochFrom);
        const b = Math.min(to, epochTo);
        if (b > a) high += darkUpper(input.terms, clocks, a, b, rate, isQueueing);
      }
      rows[entry * stride] = low;
      rows[entry * stride + 1] = high;
    }
  };
}

const difference = (sums: Float64Array, from: number, to: number): number =>
  (sums[to] as number) - (sums[from] as number);

/** Whether anything is open in the epoch while nothing is read. */
function hasDark({ darkPerLoad }: Clocks, from: number, to: number): boolean {
  return (darkPerLoad[to] as number) > (darkPerLoad[from] as number);
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
    terms.idlePolicy === "shared"
      ? (clocks.darkPerRunning[to] as number) - (clocks.darkPerRunning[from] as number)
      : 0;
  const idle = perRunning > 0 ? terms.idleWatts * perRunning : 0;
  return isQueueing ? Infinity : rate * (terms.maxWatts - subtracted) * perLoad + idle;
}

/** Finds the intervals that an epoch owns, by where they were read. */
export function ownedIntervals({ intervals }: EpochInput): OwnedIntervals {
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

/** Running sums over intervals, by index, of the extremes per unit of rate where a phase covers all of one. */
interface WholeSums {
  lower: Float64Array;
  upper: Float64Array;
  idleLower: Float64Array;
  idleUpper: Float64Array;
  joules: Float64Array;
}

function wholeSums(size: number): WholeSums {
  return {
    lower: new Float64Array(size),
    upper: new Float64Array(size),
    idleLower: new Float64Array(size),
    idleUpper: new Float64Array(size),
    joules: new Float64Array(size),
  };
}

function sumWhole(
  { lower, upper, idleLower, idleUpper, joules }: WholeSums,
  { intervals }: EpochInput,
  { load, earliestAt, latestAt }: Segments,
  solver: IntervalSolver,
  first: number,
  end: number,
): void {
  for (const sums of [lower, upper, idleLower, idleUpper, joules]) sums[first] = 0;
  for (let k = first; k < end; k++) {
    const a = earliestAt[k] as number;
    const b = latestAt[k] as number;
    const isGap = intervals.isGap[k] === 1;
    let isOpen = b > a && !isGap;
    for (let j = a; isOpen && j < b; j++) isOpen = (load[j] as number) > 0;
    lower[k + 1] = (lower[k] as number) + (isOpen ? solver.dynamicLower(k, a, b) : 0);
    upper[k + 1] = (upper[k] as number) + (isOpen ? solver.dynamicUpper(k, a, b) : 0);
    idleLower[k + 1] = (idleLower[k] as number) + (isOpen ? solver.idleLower(k, a, b) : 0);
    idleUpper[k + 1] = (idleUpper[k] as number) + (isOpen ? solver.idleUpper(k, a, b) : 0);
    joules[k + 1] = (joules[k] as number) + solver.most(k, a, b);
  }
}

import type { Clocks } from "./advance-clocks.ts";
import type { Segments } from "./build-segments.ts";
import type { EpochInput } from "./epoch-input.ts";

const SECONDS_PER_NS = 1e-9;

/** Extremes of one entry's figure over part of one meter interval. */
export interface IntervalSolver {
  /** Figure of an entry of this rate over segments `[a, b)` of interval `k`, clipped to `[0, interval]`, J. */
  lower(k: number, a: number, b: number, rate: number): number;
  upper(k: number, a: number, b: number, rate: number): number;
  /** Most energy that the interval can have drawn in `[a, b)`, J. */
  most(k: number, a: number, b: number): number;
  dynamicLower(k: number, a: number, b: number): number;
  dynamicUpper(k: number, a: number, b: number): number;
  idleLower(k: number, a: number, b: number): number;
  idleUpper(k: number, a: number, b: number): number;
}

/** Admissible powers of one interval, W; `spareJoules` is what the minimum power leaves to place. */
interface Admissible {
  minWatts: number;
  maxWatts: number;
  /** Power above which energy counts as dynamic or is gained: `max(subtracted, minimum)`. */
  floorWatts: number;
  baseWatts: number;
  spareJoules: number;
}

/** Creates the fractional knapsacks of an epoch's intervals; orders are found once an interval. */
export function createIntervalSolver(
  input: EpochInput,
  segments: Segments,
  clocks: Clocks,
): IntervalSolver {
  const { terms, intervals } = input;
  const { at, load, running, earliestAt, latestAt } = segments;
  const subtracted = terms.idlePolicy === "included" ? 0 : terms.idleWatts;
  const isShared = terms.idlePolicy === "shared";
  const byLoad: (Uint32Array | undefined)[] = [];
  const admissible: Admissible = {
    minWatts: 0,
    maxWatts: 0,
    floorWatts: 0,
    baseWatts: 0,
    spareJoules: 0,
  };
  let admitted = -1;

  function admit(k: number): Admissible {
    if (admitted === k) return admissible;
    admitted = k;
    const from = intervals.from[k] as number;
    const to = intervals.to[k] as number;
    const joules = intervals.joules[k] as number;
    const seconds = (to - from) * SECONDS_PER_NS;
    const isWidened =
      (intervals.earliest[k] as number) < from || (intervals.latest[k] as number) > to;
    admissible.minWatts = isWidened ? 0 : Math.min(terms.idleWatts, joules / seconds);
    admissible.maxWatts = Math.max(terms.maxWatts, joules / seconds);
    admissible.floorWatts = Math.max(subtracted, admissible.minWatts);
    admissible.baseWatts = Math.max(0, admissible.minWatts - subtracted);
    admissible.spareJoules = Math.max(0, joules - admissible.minWatts * seconds);
    return admissible;
  }

  const secondsOf = (a: number, b: number): number =>
    ((at[b] as number) - (at[a] as number)) * SECONDS_PER_NS;
  const difference = (clock: Float64Array, a: number, b: number): number =>
    (clock[b] as number) - (clock[a] as number);

  function orderByLoad(k: number): Uint32Array {
    const known = byLoad[k];
    if (known !== undefined) return known;
    const first = earliestAt[k] as number;
    const order = new Uint32Array((latestAt[k] as number) - first);
    for (let i = 0; i < order.length; i++) order[i] = first + i;
    order.sort((x, y) => (load[x] as number) - (load[y] as number) || x - y);
    byLoad[k] = order;
    return order;
  }

  /** `∫ dt / L` over `seconds` of `[a, b)`, taking the segments of lowest or of highest load first. */
  function fill(k: number, a: number, b: number, seconds: number, isCheapFirst: boolean): number {
    const order = orderByLoad(k);
    let left = seconds;
    let sum = 0;
    for (let i = 0; i < order.length && left > 0; i++) {
      const j = order[isCheapFirst ? i : order.length - 1 - i] as number;
      if (j < a || j >= b) continue;
      const taken = Math.min(left, secondsOf(j, j + 1));
      sum += taken / (load[j] as number);
      left -= taken;
    }
    return sum;
  }

  function extremeOf(column: Float64Array, a: number, b: number, isLeast: boolean): number {
    let extreme = column[a] as number;
    for (let j = a + 1; j < b; j++) {
      const value = column[j] as number;
      if (isLeast ? value < extreme : value > extreme) extreme = value;
    }
    return extreme;
  }

  function dynamicUpper(k: number, a: number, b: number): number {
    const { minWatts, maxWatts, floorWatts, baseWatts, spareJoules } = admit(k);
    const base = baseWatts * difference(clocks.perLoad, a, b);
    if (spareJoules <= 0 || maxWatts <= minWatts) return base;
    if (maxWatts === Infinity) return base + spareJoules / extremeOf(load, a, b, true);
    const seconds = spareJoules / (maxWatts - minWatts);
    const perLoad =
      seconds >= secondsOf(a, b) ? difference(clocks.perLoad, a, b) : fill(k, a, b, seconds, true);
    return base + (maxWatts - floorWatts) * perLoad;
  }

  function dynamicLower(k: number, a: number, b: number): number {
    const { minWatts, maxWatts, floorWatts, baseWatts, spareJoules } = admit(k);
    const base = baseWatts * difference(clocks.perLoad, a, b);
    const insideSeconds = secondsOf(a, b);
    const isWhole = a === earliestAt[k] && b === latestAt[k];
    const outsideSeconds = isWhole
      ? 0
      : secondsOf(earliestAt[k] as number, latestAt[k] as number) - insideSeconds;
    if (spareJoules <= 0 || maxWatts <= minWatts) return base;
    const outside = isWhole ? 0 : (maxWatts - minWatts) * outsideSeconds;
    const forced = spareJoules - outside - (floorWatts - minWatts) * insideSeconds;
    if (!(forced > 0)) return base;
    if (maxWatts === Infinity) return base + forced / extremeOf(load, a, b, false);
    const seconds = forced / (maxWatts - floorWatts);
    const perLoad =
      seconds >= insideSeconds ? difference(clocks.perLoad, a, b) : fill(k, a, b, seconds, false);
    return base + (maxWatts - floorWatts) * perLoad;
  }

  function idleUpper(k: number, a: number, b: number): number {
    if (!isShared) return 0;
    const most = terms.idleWatts * difference(clocks.perRunning, a, b);
    if (admit(k).minWatts === terms.idleWatts) return most;
    return Math.min(most, (intervals.joules[k] as number) / extremeOf(running, a, b, true));
  }

  function idleLower(k: number, a: number, b: number): number {
    if (!isShared) return 0;
    if (admit(k).minWatts === terms.idleWatts) {
      return terms.idleWatts * difference(clocks.perRunning, a, b);
    }
    const isWhole = a === earliestAt[k] && b === latestAt[k];
    const isBelowIdle = (intervals.joules[k] as number) <= terms.idleWatts * secondsOf(a, b);
    return isWhole && isBelowIdle
      ? (intervals.joules[k] as number) / extremeOf(running, a, b, false)
      : 0;
  }

  return {
    dynamicLower,
    dynamicUpper,
    idleLower,
    idleUpper,
    lower: (k, a, b, rate) =>
      intervals.isGap[k] === 1
        ? 0
        : Math.min(
            rate * dynamicLower(k, a, b) + idleLower(k, a, b),
            intervals.joules[k] as number,
          ),
    upper: (k, a, b, rate) =>
      intervals.isGap[k] === 1
        ? 0
        : Math.min(
            rate * dynamicUpper(k, a, b) + idleUpper(k, a, b),
            intervals.joules[k] as number,
          ),
    most: (k, a, b) =>
      intervals.isGap[k] === 1
        ? 0
        : Math.min(intervals.joules[k] as number, admit(k).maxWatts * secondsOf(a, b)),
  };
}

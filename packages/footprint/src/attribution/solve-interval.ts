import type { Clocks } from "./advance-clocks.ts";
import type { Segments } from "./build-segments.ts";
import type { EpochInput } from "./epoch-input.ts";
import { createLoadFiller, FOR_LOWER, FOR_UPPER } from "./fill-by-load.ts";

const SECONDS_PER_NS = 1e-9;

/** Extremes of figures over part of one meter interval; `[a, b)` are segments inside interval `k`. */
export interface IntervalSolver {
  /** Takes up an epoch; the rest answers for it until the next call. */
  prepare(input: EpochInput, segments: Segments, clocks: Clocks): void;
  /** Figure of an entry of this rate, clipped to `[0, interval]`, J. */
  lower(k: number, a: number, b: number, rate: number): number;
  upper(k: number, a: number, b: number, rate: number): number;
  /** Most energy that the interval can have drawn in `[a, b)`, J. */
  most(k: number, a: number, b: number): number;
  dynamicLower(k: number, a: number, b: number): number;
  dynamicUpper(k: number, a: number, b: number): number;
  idleLower(k: number, a: number, b: number): number;
  idleUpper(k: number, a: number, b: number): number;
}

/** What meter intervals allow, by interval. */
interface Allowances {
  minWatts: Float64Array;
  maxWatts: Float64Array;
  /** Draw above the subtracted power that is always there. */
  baseWatts: Float64Array;
  /** What a second at the maximum adds to the base. */
  gainWatts: Float64Array;
  /** What the minimum power leaves to place. */
  spareJoules: Float64Array;
  /** Seconds at the maximum that the spare energy fills. */
  fullSeconds: Float64Array;
  /** Seconds of the interval that can do without any of it; Infinity where all can. */
  sparedSeconds: Float64Array;
}

/** Creates the fractional knapsacks of meter intervals, reusing their memory. */
export function createIntervalSolver(): IntervalSolver {
  const filler = createLoadFiller();
  const allowed = emptyAllowances(0);
  let epoch: EpochInput;
  let cut: Segments;
  let at: Float64Array = new Float64Array(0);
  let perLoad: Float64Array = at;
  let perRunning: Float64Array = at;
  let isShared = false;

  const secondsOf = (a: number, b: number): number =>
    ((at[b] as number) - (at[a] as number)) * SECONDS_PER_NS;
  const isGap = (k: number): boolean => epoch.intervals.isGap[k] === 1;
  const isWhole = (k: number, a: number, b: number): boolean =>
    a === cut.earliestAt[k] && b === cut.latestAt[k];
  const joulesOf = (k: number): number => epoch.intervals.joules[k] as number;

  function dynamicUpper(k: number, a: number, b: number): number {
    const whole = (perLoad[b] as number) - (perLoad[a] as number);
    const base = (allowed.baseWatts[k] as number) * whole;
    const seconds = allowed.fullSeconds[k] as number;
    if (allowed.gainWatts[k] === Infinity) {
      return base + (allowed.spareJoules[k] as number) / leastOf(cut.load, a, b);
    }
    if (seconds === 0) return base;
    const isAll = seconds >= secondsOf(a, b);
    const filled = isAll ? whole : filler.cheapest(k, a, b, seconds, FOR_UPPER);
    return base + (allowed.gainWatts[k] as number) * filled;
  }

  /** What does not fit outside `[a, b)` is forced inside, away from the cheapest seconds: as many, wherever `[a, b)` lies. */
  function dynamicLower(k: number, a: number, b: number): number {
    const whole = (perLoad[b] as number) - (perLoad[a] as number);
    const base = (allowed.baseWatts[k] as number) * whole;
    if (allowed.gainWatts[k] === Infinity) {
      const subtracted = epoch.terms.idlePolicy === "included" ? 0 : epoch.terms.idleWatts;
      const minWatts = allowed.minWatts[k] as number;
      const idleJoules = Math.max(0, subtracted - minWatts) * secondsOf(a, b);
      const forced = isWhole(k, a, b) ? (allowed.spareJoules[k] as number) - idleJoules : 0;
      return forced > 0 ? base + forced / mostOf(cut.load, a, b) : base;
    }
    const seconds = allowed.sparedSeconds[k] as number;
    if (seconds >= secondsOf(a, b)) return base;
    const spared = seconds > 0 ? filler.cheapest(k, a, b, seconds, FOR_LOWER) : 0;
    return base + (allowed.gainWatts[k] as number) * Math.max(0, whole - spared);
  }

  function idleUpper(k: number, a: number, b: number): number {
    if (!isShared) return 0;
    const { idleWatts } = epoch.terms;
    const most = idleWatts * ((perRunning[b] as number) - (perRunning[a] as number));
    if (allowed.minWatts[k] === idleWatts) return most;
    return Math.min(most, joulesOf(k) / leastOf(cut.running, a, b));
  }

  function idleLower(k: number, a: number, b: number): number {
    if (!isShared) return 0;
    const { idleWatts } = epoch.terms;
    if (allowed.minWatts[k] === idleWatts) {
      return idleWatts * ((perRunning[b] as number) - (perRunning[a] as number));
    }
    const isBelowIdle = joulesOf(k) <= idleWatts * secondsOf(a, b);
    return isWhole(k, a, b) && isBelowIdle ? joulesOf(k) / mostOf(cut.running, a, b) : 0;
  }

  return {
    prepare(input, segments, clocks) {
      epoch = input;
      cut = segments;
      at = segments.at;
      perLoad = clocks.perLoad;
      perRunning = clocks.perRunning;
      isShared = input.terms.idlePolicy === "shared";
      const { count } = input.intervals;
      if (allowed.minWatts.length < count) Object.assign(allowed, emptyAllowances(count * 2));
      for (let k = 0; k < count; k++) allow(allowed, input, k);
      filler.prepare(segments, count);
    },
    dynamicLower,
    dynamicUpper,
    idleLower,
    idleUpper,
    lower(k, a, b, rate) {
      if (isGap(k)) return 0;
      return Math.min(rate * dynamicLower(k, a, b) + idleLower(k, a, b), joulesOf(k));
    },
    upper(k, a, b, rate) {
      if (isGap(k)) return 0;
      return Math.min(rate * dynamicUpper(k, a, b) + idleUpper(k, a, b), joulesOf(k));
    },
    most(k, a, b) {
      if (isGap(k)) return 0;
      return Math.min(joulesOf(k), (allowed.maxWatts[k] as number) * secondsOf(a, b));
    },
  };
}

function allow(allowed: Allowances, { intervals, terms }: EpochInput, k: number): void {
  const from = intervals.from[k] as number;
  const to = intervals.to[k] as number;
  const earliest = intervals.earliest[k] as number;
  const latest = intervals.latest[k] as number;
  const joules = intervals.joules[k] as number;
  const seconds = (to - from) * SECONDS_PER_NS;
  const meanWatts = joules / seconds;
  const isWidened = earliest < from || latest > to;
  const minWatts = isWidened ? 0 : Math.min(terms.idleWatts, meanWatts);
  const maxWatts = Math.max(terms.maxWatts, meanWatts);
  const subtracted = terms.idlePolicy === "included" ? 0 : terms.idleWatts;
  const gainWatts = maxWatts - Math.max(subtracted, minWatts);
  const spareJoules = Math.max(0, joules - minWatts * seconds);
  const canGain = spareJoules > 0 && maxWatts > minWatts;
  const roomJoules = (maxWatts - minWatts) * (latest - earliest) * SECONDS_PER_NS;
  allowed.minWatts[k] = minWatts;
  allowed.maxWatts[k] = maxWatts;
  allowed.baseWatts[k] = Math.max(0, minWatts - subtracted);
  allowed.gainWatts[k] = canGain ? gainWatts : 0;
  allowed.spareJoules[k] = spareJoules;
  allowed.fullSeconds[k] = canGain ? spareJoules / (maxWatts - minWatts) : 0;
  allowed.sparedSeconds[k] = canGain ? (roomJoules - spareJoules) / gainWatts : Infinity;
}

function leastOf(column: Float64Array, a: number, b: number): number {
  let least = column[a] as number;
  for (let j = a + 1; j < b; j++) if ((column[j] as number) < least) least = column[j] as number;
  return least;
}

function mostOf(column: Float64Array, a: number, b: number): number {
  let most = column[a] as number;
  for (let j = a + 1; j < b; j++) if ((column[j] as number) > most) most = column[j] as number;
  return most;
}

function emptyAllowances(size: number): Allowances {
  return {
    minWatts: new Float64Array(size),
    maxWatts: new Float64Array(size),
    baseWatts: new Float64Array(size),
    gainWatts: new Float64Array(size),
    spareJoules: new Float64Array(size),
    fullSeconds: new Float64Array(size),
    sparedSeconds: new Float64Array(size),
  };
}

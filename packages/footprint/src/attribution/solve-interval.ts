import type { Clocks } from "./advance-clocks.ts";
import type { Segments } from "./build-segments.ts";
import type { DeviceTerms, EpochInput, IntervalColumns } from "./epoch-input.ts";
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

/** What meter intervals allow on one side, by interval. */
interface Allowances {
  /** What the interval drew at the gain that makes figures extreme. */
  joules: Float64Array;
  minWatts: Float64Array;
  maxWatts: Float64Array;
  /** Draw above the subtracted power that is always there. */
  baseWatts: Float64Array;
  /** What a second at the maximum adds to the base. */
  gainWatts: Float64Array;
  /** What the minimum power leaves to place. */
  spareJoules: Float64Array;
}

/** Creates the fractional knapsacks of meter intervals, reusing their memory. */
export function createIntervalSolver(): IntervalSolver {
  const filler = createLoadFiller();
  const most = emptyAllowances(0);
  const least = emptyAllowances(0);
  /** Seconds at the maximum that the spare energy fills, and seconds that can do without any of it. */
  let fullSeconds = new Float64Array(0);
  let sparedSeconds = new Float64Array(0);
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

  function dynamicUpper(k: number, a: number, b: number): number {
    const whole = (perLoad[b] as number) - (perLoad[a] as number);
    const base = (most.baseWatts[k] as number) * whole;
    const seconds = fullSeconds[k] as number;
    if (most.gainWatts[k] === Infinity) {
      return base + (most.spareJoules[k] as number) / leastOf(cut.load, a, b);
    }
    if (seconds === 0) return base;
    const isAll = seconds >= secondsOf(a, b);
    const filled = isAll ? whole : filler.cheapest(k, a, b, seconds, FOR_UPPER);
    return base + (most.gainWatts[k] as number) * filled;
  }

  /** What does not fit outside `[a, b)` is forced inside, away from the cheapest seconds: as many, wherever `[a, b)` lies. */
  function dynamicLower(k: number, a: number, b: number): number {
    const whole = (perLoad[b] as number) - (perLoad[a] as number);
    const base = (least.baseWatts[k] as number) * whole;
    if (least.gainWatts[k] === Infinity) {
      const subtracted = epoch.terms.idlePolicy === "included" ? 0 : epoch.terms.idleWatts;
      const minWatts = least.minWatts[k] as number;
      const idleJoules = Math.max(0, subtracted - minWatts) * secondsOf(a, b);
      const forced = isWhole(k, a, b) ? (least.spareJoules[k] as number) - idleJoules : 0;
      return forced > 0 ? base + forced / mostOf(cut.load, a, b) : base;
    }
    const seconds = sparedSeconds[k] as number;
    if (seconds >= secondsOf(a, b)) return base;
    const spared = seconds > 0 ? filler.cheapest(k, a, b, seconds, FOR_LOWER) : 0;
    return base + (least.gainWatts[k] as number) * Math.max(0, whole - spared);
  }

  /** Idle power times `∫ dt / n` over what `[a, b)` has of the interval as it was read: neighbours have the rest. */
  function idleOf(k: number, a: number, b: number): number {
    const from = Math.max(a, cut.fromAt[k] as number);
    const to = Math.min(b, cut.toAt[k] as number);
    return to > from
      ? epoch.terms.idleWatts * ((perRunning[to] as number) - (perRunning[from] as number))
      : 0;
  }

  function idleUpper(k: number, a: number, b: number): number {
    if (!isShared) return 0;
    const { idleWatts } = epoch.terms;
    if (most.minWatts[k] === idleWatts || isWidened(epoch.intervals, k)) return idleOf(k, a, b);
    return Math.min(idleOf(k, a, b), (most.joules[k] as number) / leastOf(cut.running, a, b));
  }

  function idleLower(k: number, a: number, b: number): number {
    if (!isShared) return 0;
    const { idleWatts } = epoch.terms;
    if (least.minWatts[k] === idleWatts) return idleOf(k, a, b);
    if (isWidened(epoch.intervals, k) || !isWhole(k, a, b)) return 0;
    return (least.joules[k] as number) / mostOf(cut.running, a, b);
  }

  return {
    prepare(input, segments, clocks) {
      epoch = input;
      cut = segments;
      at = segments.at;
      perLoad = clocks.perLoad;
      perRunning = clocks.perRunning;
      isShared = input.terms.idlePolicy === "shared";
      const { intervals, terms } = input;
      const { count } = intervals;
      if (fullSeconds.length < count) {
        Object.assign(most, emptyAllowances(count * 2));
        Object.assign(least, emptyAllowances(count * 2));
        fullSeconds = new Float64Array(count * 2);
        sparedSeconds = new Float64Array(count * 2);
      }
      const isIdleKept = drawsIdle(input);
      for (let k = 0; k < count; k++) {
        const shortest = (intervals.shortest[k] as number) * SECONDS_PER_NS;
        const longest = (intervals.longest[k] as number) * SECONDS_PER_NS;
        const [low, high] = drawnBy(intervals.joules[k] as number, terms, shortest, longest);
        allow(most, input, k, high, shortest, isIdleKept);
        allow(least, input, k, low, longest, isIdleKept);
        fullSeconds[k] = fullSecondsOf(most, k);
        sparedSeconds[k] = sparedSecondsOf(least, input, k);
      }
      filler.prepare(segments, count);
    },
    dynamicLower,
    dynamicUpper,
    idleLower,
    idleUpper,
    lower(k, a, b, rate) {
      if (isGap(k)) return 0;
      return Math.min(rate * dynamicLower(k, a, b) + idleLower(k, a, b), least.joules[k] as number);
    },
    upper(k, a, b, rate) {
      if (isGap(k)) return 0;
      return Math.min(rate * dynamicUpper(k, a, b) + idleUpper(k, a, b), most.joules[k] as number);
    },
    most(k, a, b) {
      if (isGap(k)) return 0;
      return Math.min(most.joules[k] as number, (most.maxWatts[k] as number) * secondsOf(a, b));
    },
  };
}

/** Least and most joules that a reading can stand for: its gain is off, the device's power is not. */
function drawnBy(
  joules: number,
  { gainError, idleWatts, maxWatts }: DeviceTerms,
  shortestSeconds: number,
  longestSeconds: number,
): readonly [low: number, high: number] {
  const low = joules / (1 + gainError);
  const high = joules / (1 - gainError);
  return [
    Math.min(joules, Math.max(low, idleWatts * shortestSeconds)),
    Math.max(joules, Math.min(high, maxWatts * longestSeconds)),
  ];
}

/** Whether the ends of interval `k` may lie further out than they were read. */
function isWidened({ from, to, earliest, latest }: IntervalColumns, k: number): boolean {
  return (earliest[k] as number) < (from[k] as number) || (latest[k] as number) > (to[k] as number);
}

/** Whether idle power can be drawn all along: then it is known, and only the rest of an interval is to be placed. */
function drawsIdle({ intervals, terms }: EpochInput): boolean {
  if (terms.idlePolicy === "included") return false;
  for (let k = 0; k < intervals.count; k++) {
    const least = terms.idleWatts * (intervals.shortest[k] as number) * SECONDS_PER_NS;
    const joules = (intervals.joules[k] as number) / (1 - terms.gainError);
    if (isWidened(intervals, k) && joules < least) return false;
  }
  return true;
}

/** What interval `k` allows on one side, where its true length is `seconds` if its ends are uncertain. */
function allow(
  allowed: Allowances,
  { intervals, terms }: EpochInput,
  k: number,
  joules: number,
  seconds: number,
  isIdleKept: boolean,
): void {
  const longest = (intervals.longest[k] as number) * SECONDS_PER_NS;
  const meanWatts = joules / longest;
  const maxWatts = Math.max(terms.maxWatts, meanWatts);
  let minWatts = Math.min(terms.idleWatts, meanWatts);
  let length = seconds;
  if (isWidened(intervals, k)) {
    minWatts = isIdleKept ? terms.idleWatts : 0;
    length = Math.max(seconds, joules / maxWatts);
  }
  const subtracted = terms.idlePolicy === "included" ? 0 : terms.idleWatts;
  const spareJoules = Math.max(0, joules - minWatts * length);
  const canGain = spareJoules > 0 && maxWatts > minWatts;
  allowed.joules[k] = joules;
  allowed.minWatts[k] = minWatts;
  allowed.maxWatts[k] = maxWatts;
  allowed.baseWatts[k] = Math.max(0, minWatts - subtracted);
  allowed.gainWatts[k] = canGain ? maxWatts - Math.max(subtracted, minWatts) : 0;
  allowed.spareJoules[k] = spareJoules;
}

function fullSecondsOf(
  { gainWatts, spareJoules, minWatts, maxWatts }: Allowances,
  k: number,
): number {
  if (gainWatts[k] === 0) return 0;
  return (spareJoules[k] as number) / ((maxWatts[k] as number) - (minWatts[k] as number));
}

function sparedSecondsOf(
  { gainWatts, spareJoules, minWatts, maxWatts }: Allowances,
  { intervals }: EpochInput,
  k: number,
): number {
  if (gainWatts[k] === 0) return Infinity;
  const widest =
    ((intervals.latest[k] as number) - (intervals.earliest[k] as number)) * SECONDS_PER_NS;
  const roomJoules = ((maxWatts[k] as number) - (minWatts[k] as number)) * widest;
  return (roomJoules - (spareJoules[k] as number)) / (gainWatts[k] as number);
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
    joules: new Float64Array(size),
    minWatts: new Float64Array(size),
    maxWatts: new Float64Array(size),
    baseWatts: new Float64Array(size),
    gainWatts: new Float64Array(size),
    spareJoules: new Float64Array(size),
  };
}

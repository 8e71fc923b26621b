import { EPOCH_NS } from "../instant.ts";
import type { Segments } from "./build-segments.ts";
import type { EpochInput } from "./epoch-input.ts";
import { type IntervalPower, shapeInterval } from "./shape-interval.ts";

const SECONDS_PER_NS = 1e-9;

/**
 * The device's clocks at every segment boundary. The dynamic clock `V` ticks in joules per unit of rate, the idle
 * clock `F` in joules per running request; both are held as two doubles (error-free sums).
 */
export interface Clocks {
  dynamic: Float64Array;
  dynamicRest: Float64Array;
  idle: Float64Array;
  idleRest: Float64Array;
  /** Joules that were drawn for work; runs only where load is counted or priced. */
  drawn: Float64Array;
  /** Metered joules, and ns that meter intervals cover. */
  metered: Float64Array;
  covered: Float64Array;
  /** Seconds divided by load and by running requests: everywhere, and where no reading covers. Those by requests,
   * like the idle clock, run only where the policy is `shared`. */
  perLoad: Float64Array;
  perRunning: Float64Array;
  darkPerLoad: Float64Array;
  darkPerRunning: Float64Array;
}

/** What became of the epoch's energy, in joules, apart from what entries were charged. */
export interface EpochBalance {
  meteredJoules: number;
  attributedJoules: number;
  idleOpenJoules: number;
  idleEmptyJoules: number;
  /** More than the open phases' devices can draw, or drawn while nothing was seen. */
  unseenLoadJoules: number;
  /** The counted load that no span shows. */
  unsampledJoules: number;
  /** Intervals too long to place. */
  gapJoules: number;
  coveredNs: number;
  /** Weights that engines counted, what spans show of them, and what was drawn for work meanwhile. */
  countedWeight: number;
  shownWeight: number;
  countedJoules: number;
  /** How long they counted, and how long of that was read. */
  countedNs: number;
  countedReadNs: number;
}

/** Creates a function that runs the clocks over segments, reusing its memory until the next call. */
export function createClockRunner(): (
  input: EpochInput,
  segments: Segments,
) => { readonly clocks: Clocks; readonly balance: EpochBalance } {
  const clocks = emptyClocks(0);

  return (input, segments) => {
    const { count, at, load, seenLoad, running, seenRunning, fromAt, toAt } = segments;
    const { terms, intervals } = input;
    if (clocks.dynamic.length <= count) Object.assign(clocks, emptyClocks(count * 2 + 1));
    const { dynamic, dynamicRest, idle, idleRest, drawn, metered, covered } = clocks;
    const { perLoad, perRunning, darkPerLoad, darkPerRunning } = clocks;
    const isUniform = terms.timeShape === "uniform";
    const isIncluded = terms.idlePolicy === "included";
    const isShared = terms.idlePolicy === "shared";
    const hasLoads = input.loads.length > 0;
    const balance = emptyBalance();
    const power: IntervalPower = { base: 0, extra: 0, unseen: 0 };
    let shaped = -1;
    let interval = 0;

    for (let j = 0; j < count; j++) {
      const seconds = ((at[j + 1] as number) - (at[j] as number)) * SECONDS_PER_NS;
      while (interval < intervals.count && (toAt[interval] as number) <= j) interval++;
      const isInside = interval < intervals.count && (fromAt[interval] as number) <= j;
      const isGap = isInside && intervals.isGap[interval] === 1;
      const isCovered = isInside && !isGap;
      const isInEpoch = (at[j] as number) >= 0 && (at[j] as number) < EPOCH_NS;
      const L = load[j] as number;
      const n = running[j] as number;
      const isOpen = n > 0 || L > 0;
      const byLoad = L > 0 ? seconds / L : 0;
      let dynamicJoules = 0;
      let idleJoules = 0;
      let joules = 0;

      if (isCovered) {
        if (shaped !== interval) {
          shapeInterval(input, segments, interval, power);
          shaped = interval;
        }
        const isDrawn = isOpen || isUniform;
        idleJoules = power.base * seconds;
        dynamicJoules = isDrawn ? power.extra * seconds : 0;
        const unseenJoules = power.unseen * seconds;
        joules = idleJoules + dynamicJoules + unseenJoules;
        if (isIncluded && isOpen) {
          dynamicJoules += idleJoules;
          idleJoules = 0;
        }
        if (isInEpoch) {
          balance.unseenLoadJoules += unseenJoules;
          if (!isOpen) balance.idleEmptyJoules += idleJoules + dynamicJoules;
          else {
            const hidden = L > 0 ? 1 - (seenLoad[j] as number) / L : 1;
            balance.unsampledJoules += dynamicJoules * hidden;
            if (!isShared) balance.idleOpenJoules += idleJoules;
            else
              balance.unsampledJoules +=
                idleJoules * (n > 0 ? 1 - (seenRunning[j] as number) / n : 1);
          }
        }
      } else if (isGap && isInEpoch) {
        joules = gapJoulesOf(input, interval, seconds);
        balance.gapJoules += joules;
      }
      if (isInEpoch) {
        balance.meteredJoules += joules;
        if (isCovered) balance.coveredNs += (at[j + 1] as number) - (at[j] as number);
      }

      add(dynamic, dynamicRest, j, isOpen && L > 0 ? dynamicJoules / L : 0);
      if (hasLoads) drawn[j + 1] = (drawn[j] as number) + (isOpen ? dynamicJoules : 0);
      metered[j + 1] = (metered[j] as number) + joules;
      covered[j + 1] =
        (covered[j] as number) + (isCovered ? (at[j + 1] as number) - (at[j] as number) : 0);
      perLoad[j + 1] = (perLoad[j] as number) + byLoad;
      darkPerLoad[j + 1] = (darkPerLoad[j] as number) + (isCovered ? 0 : byLoad);
      if (!isShared) continue;
      const byRunning = n > 0 ? seconds / n : 0;
      add(idle, idleRest, j, n > 0 ? idleJoules / n : 0);
      perRunning[j + 1] = (perRunning[j] as number) + byRunning;
      darkPerRunning[j + 1] = (darkPerRunning[j] as number) + (isCovered ? 0 : byRunning);
    }
    return { clocks, balance };
  };
}

/** Difference of a clock held as two doubles between boundaries `from` and `to`. */
export function clockDifference(
  clock: Float64Array,
  rest: Float64Array,
  from: number,
  to: number,
): number {
  return (
    (clock[to] as number) -
    (clock[from] as number) +
    ((rest[to] as number) - (rest[from] as number))
  );
}

function gapJoulesOf({ intervals }: EpochInput, interval: number, seconds: number): number {
  const from = intervals.from[interval] as number;
  const to = intervals.to[interval] as number;
  return (intervals.joules[interval] as number) * (seconds / ((to - from) * SECONDS_PER_NS));
}

function add(clock: Float64Array, rest: Float64Array, j: number, term: number): void {
  const before = clock[j] as number;
  const sum = before + term;
  const part = sum - before;
  clock[j + 1] = sum;
  rest[j + 1] = (rest[j] as number) + (before - (sum - part) + (term - part));
}

function emptyClocks(size: number): Clocks {
  return {
    dynamic: new Float64Array(size),
    dynamicRest: new Float64Array(size),
    idle: new Float64Array(size),
    idleRest: new Float64Array(size),
    drawn: new Float64Array(size),
    metered: new Float64Array(size),
    covered: new Float64Array(size),
    perLoad: new Float64Array(size),
    perRunning: new Float64Array(size),
    darkPerLoad: new Float64Array(size),
    darkPerRunning: new Float64Array(size),
  };
}

/** A balance of nothing. */
export function emptyBalance(): EpochBalance {
  return {
    meteredJoules: 0,
    attributedJoules: 0,
    idleOpenJoules: 0,
    idleEmptyJoules: 0,
    unseenLoadJoules: 0,
    unsampledJoules: 0,
    gapJoules: 0,
    coveredNs: 0,
    countedWeight: 0,
    shownWeight: 0,
    countedJoules: 0,
    countedNs: 0,
    countedReadNs: 0,
  };
}

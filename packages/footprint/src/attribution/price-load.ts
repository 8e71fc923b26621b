import { EPOCH_NS } from "../instant.ts";
import type { Segments } from "./build-segments.ts";
import type { CountedLoad, EpochInput } from "./epoch-input.ts";
import { fillWorkWatts } from "./shape-interval.ts";

const SECONDS_PER_NS = 1e-9;
/** Shortest time that one price is taken over, s: engines count a prompt when it is done, all of it at once. */
const SHORTEST_SECONDS = 10;
/** From this part of the counted work on, spans are taken to show all of it. */
const WHOLE = 0.9;

/** Sets in `segments` the load that spans do not show; tells whether it is known by its price only. */
export type LoadPricer = (input: EpochInput, segments: Segments) => boolean;

/**
 * Creates the pricing of load that was counted, or that sampled traces stand for.
 *
 * - Counted to the moment, or shown by spans (nearly) as much as counted in the epoch: the load is the greater of both.
 * - Counted by an engine, and more than spans show: how much else ran is known, not when. It ran where the meter shows
 *   power, so that a weight costs the same whenever it ran: `load = watts · W / E`, with `W` and `E` of 10 s or more.
 *   The figures of phases seen by chance then have the right mean, at the cost that one may be above what was drawn
 *   while it ran; the mean rate instead would charge bursts of unseen prefills to whoever is seen beside them.
 * - Sampled traces: the same, with the price of their window.
 *
 * Outside of the epoch it only matters whether something ran.
 */
export function createLoadPricer(): LoadPricer {
  let watts = new Float64Array(0);

  return (input, segments) => {
    const { loads } = input;
    for (const load of loads) takeGreater(load, segments);
    const own = loads.filter(({ from, to }) => to > 0 && from < EPOCH_NS);
    const priced = own.filter(({ joulesPerWeight = 0 }) => joulesPerWeight > 0);
    const counted = own.filter(({ isMean }) => isMean === true);
    const isWhole = showsWhole(counted, segments);
    if (isWhole && priced.length === 0) return false;
    if (watts.length < segments.count) watts = new Float64Array(segments.count * 2);
    fillWorkWatts(watts, input, segments);
    for (const load of priced) setPrice([load], load.joulesPerWeight as number, segments, watts);
    if (isWhole) return true;
    for (const group of groupLoads(counted)) {
      const price = priceOf(group, segments, watts);
      if (price > 0) setPrice(group, price, segments, watts);
    }
    return true;
  };
}

function takeGreater(counted: CountedLoad, { at, count, load, running }: Segments): void {
  const rate = counted.rate ?? 0;
  for (let j = boundaryAt(at, count, counted.from); j < count && before(at, j, counted.to); j++) {
    if (rate > (load[j] as number)) load[j] = rate;
    if (counted.running > (running[j] as number)) running[j] = counted.running;
  }
}

/** Whether spans show what was counted inside the epoch. */
function showsWhole(loads: readonly CountedLoad[], { at, count, seenLoad }: Segments): boolean {
  let counted = 0;
  let shown = 0;
  for (const load of loads) {
    const to = Math.min(load.to, EPOCH_NS);
    for (
      let j = boundaryAt(at, count, Math.max(0, load.from));
      j < count && before(at, j, to);
      j++
    ) {
      const seconds = secondsOf(at, j);
      counted += (load.rate ?? 0) * seconds;
      shown += (seenLoad[j] as number) * seconds;
    }
  }
  return shown >= WHOLE * counted;
}

/** Neighbours in groups of 10 s or more inside the epoch, as far as there are so many. */
function groupLoads(loads: readonly CountedLoad[]): CountedLoad[][] {
  const groups: CountedLoad[][] = [];
  let seconds = Infinity;
  for (const load of loads) {
    if (seconds >= SHORTEST_SECONDS) {
      groups.push([]);
      seconds = 0;
    }
    groups.at(-1)?.push(load);
    seconds += (Math.min(load.to, EPOCH_NS) - Math.max(load.from, 0)) * SECONDS_PER_NS;
  }
  const last = groups.at(-1);
  if (seconds >= SHORTEST_SECONDS || last === undefined || groups.length < 2) return groups;
  groups.pop();
  groups.at(-1)?.push(...last);
  return groups;
}

/** Joules of a weight: what was drawn above idle by the work that was counted, or shown where that is more. */
function priceOf(group: readonly CountedLoad[], segments: Segments, watts: Float64Array): number {
  const { at, count, seenLoad } = segments;
  let joules = 0;
  let counted = 0;
  let shown = 0;
  for (const load of group) {
    const to = Math.min(load.to, EPOCH_NS);
    for (
      let j = boundaryAt(at, count, Math.max(0, load.from));
      j < count && before(at, j, to);
      j++
    ) {
      if (Number.isNaN(watts[j])) continue;
      const seconds = secondsOf(at, j);
      counted += (load.rate ?? 0) * seconds;
      shown += (seenLoad[j] as number) * seconds;
      joules += (watts[j] as number) * seconds;
    }
  }
  const weight = Math.max(counted, shown);
  return weight > 0 ? joules / weight : 0;
}

function setPrice(
  group: readonly CountedLoad[],
  joulesPerWeight: number,
  segments: Segments,
  watts: Float64Array,
): void {
  const { at, count, load } = segments;
  for (const one of group) {
    const to = Math.min(one.to, EPOCH_NS);
    for (
      let j = boundaryAt(at, count, Math.max(0, one.from));
      j < count && before(at, j, to);
      j++
    ) {
      if (Number.isNaN(watts[j]) || !isOpen(segments, j)) continue;
      load[j] = (watts[j] as number) / joulesPerWeight;
    }
  }
}

const isOpen = ({ load, running }: Segments, j: number): boolean =>
  (load[j] as number) > 0 || (running[j] as number) > 0;

const before = (at: Float64Array, j: number, time: number): boolean => (at[j] as number) < time;

const secondsOf = (at: Float64Array, j: number): number =>
  ((at[j + 1] as number) - (at[j] as number)) * SECONDS_PER_NS;

/** First boundary at or after a time. */
function boundaryAt(at: Float64Array, count: number, time: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((at[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

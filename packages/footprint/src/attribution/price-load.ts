import { EPOCH_NS } from "../instant.ts";
import type { Segments } from "./build-segments.ts";
import type { CountedLoad, EpochInput } from "./epoch-input.ts";
import { fillWorkWatts } from "./shape-interval.ts";

const SECONDS_PER_NS = 1e-9;
/** Shortest time that one price is taken over, s: engines count a prompt when it is done, all of it at once. */
const SHORTEST_SECONDS = 5;
/** From this part of the counted work on, spans are taken to show all of it. */
const WHOLE = 0.9;

/** Sets in `segments` the load that spans do not show; tells whether it is known by its price only. */
export type LoadPricer = (input: EpochInput, segments: Segments) => boolean;

/**
 * Creates the pricing of load that was counted, or that sampled traces stand for.
 *
 * - Counted to the moment, or shown by spans (nearly) as much as counted in the epoch: the load is the greater of both.
 * - Counted by an engine, and more than spans show: how much else ran is known, not when. It ran where the meter shows
 *   power, so that a weight costs the same whenever it ran: `load = watts · W / E`, with `W` and `E` of 5 s or more.
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
    const priced = loads.filter((load) => (load.joulesPerWeight ?? 0) > 0);
    const counted = loads.filter(isCountedInside);
    const { countedWeight, shownWeight } = weighCounted(counted, segments);
    const isWhole = shownWeight >= WHOLE * countedWeight;
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

/** Whether a load is what an engine counted inside the epoch. */
export function isCountedInside({ from, to, isMean }: CountedLoad): boolean {
  return isMean === true && to > 0 && from < EPOCH_NS;
}

/** What engines counted inside the epoch, and what spans show of the same time, in weights. */
export function weighCounted(
  loads: readonly CountedLoad[],
  segments: Segments,
): { readonly countedWeight: number; readonly shownWeight: number } {
  let countedWeight = 0;
  let shownWeight = 0;
  for (const load of loads) {
    const [first, end] = reachInEpoch(load, segments);
    for (let j = first; j < end; j++) {
      const seconds = secondsOf(segments, j);
      countedWeight += (load.rate ?? 0) * seconds;
      shownWeight += (segments.seenLoad[j] as number) * seconds;
    }
  }
  return { countedWeight, shownWeight };
}

/** Segments of a load inside the epoch, from the first up to the end. */
export function reachInEpoch(
  { from, to }: CountedLoad,
  segments: Segments,
): readonly [first: number, end: number] {
  return [
    boundaryAt(segments, Math.max(0, from)),
    boundaryAt(segments, Math.max(0, Math.min(to, EPOCH_NS))),
  ];
}

function takeGreater(counted: CountedLoad, segments: Segments): void {
  const { load, running } = segments;
  const rate = counted.rate ?? 0;
  const end = boundaryAt(segments, counted.to);
  for (let j = boundaryAt(segments, counted.from); j < end; j++) {
    if (rate > (load[j] as number)) load[j] = rate;
    if (counted.running > (running[j] as number)) running[j] = counted.running;
  }
}

/** Neighbours in groups of 5 s or more inside the epoch, as far as there are so many. */
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

/** Joules of a weight: what was drawn for work, by the work that was counted, or shown where that is more. */
function priceOf(group: readonly CountedLoad[], segments: Segments, watts: Float64Array): number {
  let joules = 0;
  let counted = 0;
  let shown = 0;
  for (const load of group) {
    const [first, end] = reachInEpoch(load, segments);
    for (let j = first; j < end; j++) {
      if (Number.isNaN(watts[j])) continue;
      const seconds = secondsOf(segments, j);
      counted += (load.rate ?? 0) * seconds;
      shown += (segments.seenLoad[j] as number) * seconds;
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
  const { load, running } = segments;
  for (const one of group) {
    const [first, end] = reachInEpoch(one, segments);
    for (let j = first; j < end; j++) {
      const isOpen = (load[j] as number) > 0 || (running[j] as number) > 0;
      if (isOpen && !Number.isNaN(watts[j])) load[j] = (watts[j] as number) / joulesPerWeight;
    }
  }
}

const secondsOf = ({ at }: Segments, j: number): number =>
  ((at[j + 1] as number) - (at[j] as number)) * SECONDS_PER_NS;

/** First boundary at or after a time. */
function boundaryAt({ at, count }: Segments, time: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((at[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

import type { Segments } from "./build-segments.ts";
import { createLoadOrder } from "./order-by-load.ts";

const SECONDS_PER_NS = 1e-9;

/** The two amounts of time an interval is filled with: one for its upper bounds, one for its lower. */
export const FOR_UPPER = 0;
export const FOR_LOWER = 1;

/** `∫ dt / L` over parts of meter intervals, taking the segments of lowest load first. */
export interface LoadFiller {
  /** Takes up an epoch; the rest answers for it until the next call. */
  prepare(segments: Segments, intervals: number): void;
  /**
   * `∫ dt / L` over `seconds` of segments `[a, b)` inside interval `k`, all of them loaded. One interval and purpose
   * always has the same `seconds`, so parts that begin or end with the interval are found in one sweep.
   */
  cheapest(k: number, a: number, b: number, seconds: number, purpose: 0 | 1): number;
}

/** Creates a filler that reuses its memory. */
export function createLoadFiller(): LoadFiller {
  const orderByLoad = createLoadOrder();
  /** By purpose: parts `[first, b)`, then parts `[a, end)`. */
  const sweeps = Array.from({ length: 4 }, () => new Float64Array(0));
  /** Segments of each interval by ascending load, and each segment's place in that order. */
  let order = new Uint32Array(0);
  let rank = new Uint32Array(0);
  /** Where the rows of each interval begin. */
  let begin = new Uint32Array(1);
  let isSwept = new Uint8Array(0);
  let isOrdered = new Uint8Array(0);
  let at: Float64Array = new Float64Array(0);
  let load: Float64Array = at;
  let firstSegment: Uint32Array = order;
  let endSegment: Uint32Array = order;

  function sort(k: number): void {
    isOrdered[k] = 1;
    const row = begin[k] as number;
    const first = firstSegment[k] as number;
    const count = (endSegment[k] as number) - first;
    orderByLoad(load, first, first + count, order, row);
    for (let i = 0; i < count; i++) rank[row + (order[row + i] as number) - first] = i;
  }

  /**
   * Adds the segments one by one from one end of the interval. Once `limitSeconds` are full, what comes puts out the
   * dearest kept, so the highest kept place in the order only falls: O(n) when the order is known.
   */
  function sweep(k: number, isForward: boolean, limitSeconds: number, sums: Float64Array): void {
    const row = begin[k] as number;
    const first = firstSegment[k] as number;
    const count = (endSegment[k] as number) - first;
    const step = isForward ? 1 : -1;
    let highest = count - 1;
    /** Kept seconds of the segment in the highest place, where only a part is kept. */
    let part = -1;
    let room = limitSeconds;
    let sum = 0;
    sums[row + (isForward ? 0 : count)] = 0;
    for (let added = 0; added < count; added++) {
      const i = isForward ? added : count - 1 - added;
      const cost = load[first + i] as number;
      if (cost === 0) return;
      if ((rank[row + i] as number) <= highest) {
        const seconds =
          ((at[first + i + 1] as number) - (at[first + i] as number)) * SECONDS_PER_NS;
        sum += seconds / cost;
        room -= seconds;
        while (room < 0 && highest >= 0) {
          const j = order[row + highest] as number;
          const isAdded = isForward ? j - first <= i : j - first >= i;
          if (!isAdded) {
            highest--;
            continue;
          }
          const kept =
            part >= 0 ? part : ((at[j + 1] as number) - (at[j] as number)) * SECONDS_PER_NS;
          const taken = kept < -room ? kept : -room;
          sum -= taken / (load[j] as number);
          room += taken;
          part = kept - taken;
          if (part > 0) break;
          part = -1;
          highest--;
        }
        if (room < 0) room = 0;
      }
      sums[row + i + (step > 0 ? 1 : 0)] = sum;
    }
  }

  function fill(k: number, a: number, b: number, seconds: number): number {
    const row = begin[k] as number;
    const end = row + (endSegment[k] as number) - (firstSegment[k] as number);
    let left = seconds;
    let sum = 0;
    for (let i = row; i < end && left > 0; i++) {
      const j = order[i] as number;
      if (j < a || j >= b) continue;
      const whole = ((at[j + 1] as number) - (at[j] as number)) * SECONDS_PER_NS;
      const taken = whole < left ? whole : left;
      sum += taken / (load[j] as number);
      left -= taken;
    }
    return sum;
  }

  return {
    prepare(segments, intervals) {
      at = segments.at;
      load = segments.load;
      firstSegment = segments.earliestAt;
      endSegment = segments.latestAt;
      if (isOrdered.length < intervals) {
        isOrdered = new Uint8Array(intervals * 2);
        isSwept = new Uint8Array(intervals * 8);
        begin = new Uint32Array(intervals * 2 + 1);
      }
      isOrdered.fill(0, 0, intervals);
      isSwept.fill(0, 0, intervals * 4);
      for (let k = 0; k < intervals; k++) {
        const boundaries = (endSegment[k] as number) - (firstSegment[k] as number) + 1;
        begin[k + 1] = (begin[k] as number) + boundaries;
      }
      const rows = begin[intervals] as number;
      if (order.length >= rows) return;
      order = new Uint32Array(rows * 2);
      rank = new Uint32Array(rows * 2);
      for (let i = 0; i < sweeps.length; i++) sweeps[i] = new Float64Array(rows * 2);
    },
    cheapest(k, a, b, seconds, purpose) {
      if (isOrdered[k] === 0) sort(k);
      const first = firstSegment[k] as number;
      const isForward = a === first;
      if (!isForward && b !== endSegment[k]) return fill(k, a, b, seconds);
      const which = purpose * 2 + (isForward ? 0 : 1);
      const sums = sweeps[which] as Float64Array;
      if (isSwept[k * 4 + which] === 0) {
        isSwept[k * 4 + which] = 1;
        sweep(k, isForward, seconds, sums);
      }
      return sums[(begin[k] as number) + (isForward ? b : a) - first] as number;
    },
  };
}

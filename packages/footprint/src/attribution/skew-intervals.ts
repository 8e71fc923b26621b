import type { EpochInput, IntervalColumns } from "./epoch-input.ts";

/**
 * The intervals as they lie if the clock skew is in the `part`th of `parts` equal ranges: moved by the middle of the
 * range, their ends uncertain by half of it and by what reading times leave open.
 */
export function skewIntervals(
  { intervals, terms }: EpochInput,
  part: number,
  parts: number,
): IntervalColumns {
  const skewNs = terms.maxClockSkewNs;
  const halfNs = skewNs / parts;
  const movedNs = halfNs * (2 * part + 1) - skewNs;
  const plus = (column: Float64Array, ns: number): Float64Array => column.map((at) => at + ns);
  return {
    ...intervals,
    from: plus(intervals.from, movedNs),
    to: plus(intervals.to, movedNs),
    earliest: plus(intervals.earliest, skewNs + movedNs - halfNs),
    latest: plus(intervals.latest, movedNs + halfNs - skewNs),
  };
}

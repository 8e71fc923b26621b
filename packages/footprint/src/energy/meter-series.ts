import type { IntervalColumns } from "../attribution/epoch-input.ts";
import { addNs, compareInstants, EPOCH_NS, elapsedNs, type Instant } from "../instant.ts";
import type { MeterKind, MeterReading } from "./meter-reading.ts";

/** An interval that draws more than this multiple of the device's maximum is not integrated. */
const IMPLAUSIBLE_RATIO = 1.2;

/** Constants of a meter that shape figures. */
export interface MeterLimits {
  /** Longest interval between counter readings whose energy is placed in time, ns. */
  readonly maxCounterGapNs: number;
  /** Longest interval between power samples that is integrated, ns. */
  readonly maxPowerGapNs: number;
  /** Largest difference between the clocks of meter and spans, ns. */
  readonly maxClockSkewNs: number;
  /** An interval longer than this is not read at all, ns: data that old is no longer kept. */
  readonly maxIntervalNs: number;
  /** Highest power of the device, W; Infinity where unknown. */
  readonly maxWatts: number;
}

/** Readings of one meter, sorted by time whatever order they come in. */
export interface MeterSeries {
  size(): number;
  first(): Instant | undefined;
  last(): Instant | undefined;
  /** Keeps a reading; gives the stretch of time whose intervals it changed, or undefined for a duplicate. */
  add(reading: MeterReading): { readonly from: Instant; readonly to: Instant } | undefined;
  /** Every interval that meets the epoch, times relative to its start. */
  intervalsOf(epoch: number): IntervalColumns;
  /** End of the last interval, the time up to which figures can be final. */
  readUntil(): Instant | undefined;
  dropBefore(limit: Instant): void;
  byteLength(): number;
}

/**
 * Creates an empty series. Counters are cumulative joules: unchanged values are repeats, a fall is a reset whose
 * interval is unknown. Power samples are joined by straight lines.
 */
export function createMeterSeries(kind: MeterKind, limits: MeterLimits): MeterSeries {
  let size = 0;
  let epoch = new Float64Array(16);
  let ns = new Float64Array(16);
  /** How far before and after the point the reading may really lie, ns. */
  let slack = new Float64Array(16);
  let value = new Float64Array(16);
  const maxGapNs = kind === "counter" ? limits.maxCounterGapNs : limits.maxPowerGapNs;

  const instantAt = (i: number): Instant => ({ epoch: epoch[i] as number, ns: ns[i] as number });
  const gapNs = (i: number, j: number): number =>
    ((epoch[j] as number) - (epoch[i] as number)) * EPOCH_NS +
    ((ns[j] as number) - (ns[i] as number));

  /** The greatest of several readings of one time stands; a repeated counter value is no reading. */
  function isKept(i: number): boolean {
    if (i + 1 < size && gapNs(i, i + 1) === 0) return false;
    if (kind === "power") return true;
    let before = i - 1;
    while (before >= 0 && gapNs(before, i) === 0) before--;
    return before < 0 || value[before] !== value[i];
  }

  function keptBefore(i: number): number {
    let j = i - 1;
    while (j >= 0 && !isKept(j)) j--;
    return j;
  }

  function keptAfter(i: number): number {
    let j = i + 1;
    while (j < size && !isKept(j)) j++;
    return j;
  }

  /** First reading after `at`. */
  function upperIndex(at: Instant): number {
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = (epoch[middle] as number) - at.epoch || (ns[middle] as number) - at.ns;
      if (order > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  function grow(): void {
    if (size < value.length) return;
    const widen = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const wider = new Float64Array(column.length * 2);
      wider.set(column);
      return wider;
    };
    epoch = widen(epoch);
    ns = widen(ns);
    slack = widen(slack);
    value = widen(value);
  }

  function joulesOf(a: number, b: number): number | undefined {
    const seconds = gapNs(a, b) * 1e-9;
    const from = value[a] as number;
    const to = value[b] as number;
    if (kind === "power") {
      if (seconds * 1e9 > maxGapNs) return undefined;
      const isPlausible = Math.max(from, to) <= limits.maxWatts * IMPLAUSIBLE_RATIO;
      return isPlausible ? ((from + to) / 2) * seconds : undefined;
    }
    if (to < from || seconds * 1e9 > limits.maxIntervalNs) return undefined;
    // Where times are ranges the interval may be longer than from middle to middle.
    const longest = seconds + ((slack[a] as number) + (slack[b] as number)) * 1e-9;
    return to - from <= limits.maxWatts * IMPLAUSIBLE_RATIO * longest ? to - from : undefined;
  }

  function add(reading: MeterReading): { from: Instant; to: Instant } | undefined {
    const halfRange = reading.earliest
      ? Math.max(0, Math.round(elapsedNs(reading.earliest, reading.at) / 2))
      : 0;
    const at = halfRange > 0 ? addNs(reading.at, -halfRange) : reading.at;
    let i = upperIndex(at);
    while (
      i > 0 &&
      compareInstants(instantAt(i - 1), at) === 0 &&
      ((value[i - 1] as number) > reading.value ||
        (value[i - 1] === reading.value && (slack[i - 1] as number) > halfRange))
    ) {
      i--;
    }
    if (
      i > 0 &&
      compareInstants(instantAt(i - 1), at) === 0 &&
      value[i - 1] === reading.value &&
      slack[i - 1] === halfRange
    ) {
      return undefined;
    }
    // What lay around this point before and what lies there now: a repeat may become a reading or the reverse.
    const earlier = size > 0 ? stretchAround(i, i - 1) : undefined;
    grow();
    for (const column of [epoch, ns, slack, value]) column.copyWithin(i + 1, i, size);
    epoch[i] = at.epoch;
    ns[i] = at.ns;
    slack[i] = halfRange;
    value[i] = reading.value;
    size++;
    const now = stretchAround(i, i);
    return earlier === undefined
      ? now
      : { from: earlierOf(earlier.from, now.from), to: laterOf(earlier.to, now.to) };
  }

  function stretchAround(first: number, last: number): { from: Instant; to: Instant } {
    const before = keptBefore(first);
    const after = keptAfter(last);
    const from = before >= 0 ? before : Math.min(first, size - 1);
    const to = after < size ? after : Math.max(last, 0);
    const skew = limits.maxClockSkewNs;
    return {
      from: addNs(instantAt(from), -(slack[from] as number) - skew),
      to: addNs(instantAt(to), (slack[to] as number) + skew),
    };
  }

  function intervalsOf(at: number): IntervalColumns {
    const start = { epoch: at, ns: 0 };
    const end = { epoch: at + 1, ns: 0 };
    let previous = keptBefore(upperIndex(start));
    if (previous < 0) previous = keptAfter(-1);
    const columns = emptyColumns(Math.max(0, upperIndex(end) + 1 - Math.max(0, previous)));
    let k = 0;
    while (previous < size && compareInstants(instantAt(previous), end) < 0) {
      const next = keptAfter(previous);
      if (next >= size) break;
      const joules = joulesOf(previous, next);
      if (joules !== undefined && compareInstants(instantAt(next), start) > 0) {
        const from = elapsedNs(start, instantAt(previous));
        const to = elapsedNs(start, instantAt(next));
        columns.from[k] = from;
        columns.to[k] = to;
        columns.earliest[k] = from - (slack[previous] as number) - limits.maxClockSkewNs;
        columns.latest[k] = to + (slack[next] as number) + limits.maxClockSkewNs;
        const slackNs = (slack[previous] as number) + (slack[next] as number);
        columns.shortest[k] = Math.max(0, to - from - slackNs);
        columns.longest[k] = to - from + slackNs;
        columns.joules[k] = joules;
        columns.isGap[k++] = to - from > maxGapNs ? 1 : 0;
      }
      previous = next;
    }
    return inOrder(columns, k);
  }

  return {
    add,
    intervalsOf,
    size: () => size,
    first: () => (size > 0 ? instantAt(0) : undefined),
    last: () => (size > 0 ? instantAt(size - 1) : undefined),
    readUntil() {
      const kept = keptBefore(size);
      return keptBefore(kept) >= 0 ? instantAt(kept) : undefined;
    },
    dropBefore(limit) {
      const count = Math.max(0, keptBefore(upperIndex(limit)));
      if (count === 0) return;
      for (const column of [epoch, ns, slack, value]) column.copyWithin(0, count, size);
      size -= count;
    },
    byteLength: () => value.byteLength * 4,
  };
}

const earlierOf = (a: Instant, b: Instant): Instant => (compareInstants(a, b) <= 0 ? a : b);
const laterOf = (a: Instant, b: Instant): Instant => (compareInstants(a, b) >= 0 ? a : b);

function emptyColumns(capacity: number): Omit<IntervalColumns, "count"> {
  return {
    from: new Float64Array(capacity),
    to: new Float64Array(capacity),
    earliest: new Float64Array(capacity),
    latest: new Float64Array(capacity),
    shortest: new Float64Array(capacity),
    longest: new Float64Array(capacity),
    joules: new Float64Array(capacity),
    isGap: new Uint8Array(capacity),
  };
}

/** What a meter without readings has. */
export const NO_INTERVALS: IntervalColumns = inOrder(emptyColumns(0), 0);

/** The first `count` rows, their outer times made ascending. */
function inOrder(
  { from, to, earliest, latest, shortest, longest, joules, isGap }: Omit<IntervalColumns, "count">,
  count: number,
): IntervalColumns {
  for (let k = count - 2; k >= 0; k--) {
    earliest[k] = Math.min(earliest[k] as number, earliest[k + 1] as number);
  }
  for (let k = 1; k < count; k++) {
    latest[k] = Math.max(latest[k] as number, latest[k - 1] as number);
  }
  return {
    count,
    from: from.subarray(0, count),
    to: to.subarray(0, count),
    earliest: earliest.subarray(0, count),
    latest: latest.subarray(0, count),
    shortest: shortest.subarray(0, count),
    longest: longest.subarray(0, count),
    joules: joules.subarray(0, count),
    isGap: isGap.subarray(0, count),
  };
}

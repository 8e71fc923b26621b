import type { EntryColumns } from "./epoch-input.ts";

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const PASSES = 4;
/** Largest event time the radix passes order: 2^44 ns, almost five hours. */
const MAX_KEY = 2 ** (DIGIT_BITS * PASSES);

/** Starts and ends of entries in canonical order: by time, ends before starts, then by id. */
export interface EventOrder {
  count: number;
  /** `entry * 2 + 1` for a start, `entry * 2` for an end. */
  code: Uint32Array<ArrayBuffer>;
  /** Event times, ns from the epoch's start, by position. */
  time: Float64Array;
}

/** Creates a sorter that reuses its memory; the returned order is valid until the next call. */
export function createEventSorter(): (
  entries: EntryColumns,
  from: number,
  to: number,
) => EventOrder {
  let low = new Uint32Array(0);
  let high = new Uint32Array(0);
  let lowSwap = new Uint32Array(0);
  let highSwap = new Uint32Array(0);
  let codeSwap = new Uint32Array(0);
  const order: EventOrder = { count: 0, code: new Uint32Array(0), time: new Float64Array(0) };
  const counts = new Uint32Array(DIGITS);

  function grow(size: number): void {
    if (low.length >= size) return;
    const capacity = Math.max(size, low.length * 2, 256);
    low = new Uint32Array(capacity);
    high = new Uint32Array(capacity);
    lowSwap = new Uint32Array(capacity);
    highSwap = new Uint32Array(capacity);
    codeSwap = new Uint32Array(capacity);
    order.code = new Uint32Array(capacity);
    order.time = new Float64Array(capacity);
  }

  function pass(index: number): void {
    const word = index < 2 ? low : high;
    const shift = index < 2 ? index * DIGIT_BITS : (index - 2) * DIGIT_BITS;
    const { count, code } = order;
    counts.fill(0);
    for (let i = 0; i < count; i++) {
      const digit = ((word[i] as number) >>> shift) & (DIGITS - 1);
      counts[digit] = (counts[digit] as number) + 1;
    }
    let sum = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const size = counts[digit] as number;
      if (size === count) return;
      counts[digit] = sum;
      sum += size;
    }
    for (let i = 0; i < count; i++) {
      const digit = ((word[i] as number) >>> shift) & (DIGITS - 1);
      const to = counts[digit] as number;
      counts[digit] = to + 1;
      lowSwap[to] = low[i] as number;
      highSwap[to] = high[i] as number;
      codeSwap[to] = code[i] as number;
    }
    [low, lowSwap] = [lowSwap, low];
    [high, highSwap] = [highSwap, high];
    [order.code, codeSwap] = [codeSwap, order.code];
  }

  return (entries, from, to) => {
    grow(entries.count * 2);
    if (to - from >= MAX_KEY) throw new RangeError("epoch window longer than 2^44 ns");
    let count = 0;
    for (let entry = 0; entry < entries.count; entry++) {
      const start = entries.start[entry] as number;
      const end = entries.end[entry] as number;
      for (let isStart = 0; isStart < 2; isStart++) {
        const time = (isStart ? (start > from ? start : from) : end < to ? end : to) - from;
        high[count] = time / 4194304;
        low[count] = time % 4194304;
        order.code[count++] = entry * 2 + isStart;
      }
    }
    order.count = count;
    for (let index = 0; index < PASSES; index++) pass(index);
    for (let i = 0; i < count; i++) {
      order.time[i] = from + (high[i] as number) * 4194304 + (low[i] as number);
    }
    orderTies(order, entries);
    return order;
  };
}

function orderTies(order: EventOrder, entries: EntryColumns): void {
  const { count, code, time } = order;
  for (let first = 0; first < count; ) {
    let next = first + 1;
    while (next < count && time[next] === time[first]) next++;
    if (next - first > 1) code.subarray(first, next).sort((a, b) => compareEvents(a, b, entries));
    first = next;
  }
}

function compareEvents(a: number, b: number, entries: EntryColumns): number {
  const x = a >>> 1;
  const y = b >>> 1;
  return (
    (a & 1) - (b & 1) ||
    (entries.idHigh[x] as number) - (entries.idHigh[y] as number) ||
    (entries.idLow[x] as number) - (entries.idLow[y] as number)
  );
}

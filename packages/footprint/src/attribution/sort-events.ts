import type { EntryColumns } from "./epoch-input.ts";

/** Buckets hold one event on average; where more than this many fall together the engine's sort takes over. */
const CROWD = 24;

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
  let times = new Float64Array(0);
  let bucketOf = new Uint32Array(0);
  let ends = new Uint32Array(0);
  const order: EventOrder = { count: 0, code: new Uint32Array(0), time: new Float64Array(0) };

  return (entries, from, to) => {
    const count = entries.count * 2;
    order.count = count;
    if (times.length < count) {
      times = new Float64Array(count * 2);
      bucketOf = new Uint32Array(count * 2);
      ends = new Uint32Array(count * 2 + 1);
      order.code = new Uint32Array(count * 2);
      order.time = new Float64Array(count * 2);
    }
    const { code, time } = order;
    const perNs = (count - 1) / (to - from);
    ends.fill(0, 0, count + 1);
    for (let i = 0; i < count; i++) {
      const entry = i >>> 1;
      const edge = ((i & 1) === 1 ? entries.start[entry] : entries.end[entry]) as number;
      const at = edge < from ? from : edge > to ? to : edge;
      const bucket = ((at - from) * perNs) >>> 0;
      times[i] = at;
      bucketOf[i] = bucket;
      ends[bucket + 1] = (ends[bucket + 1] as number) + 1;
    }
    for (let i = 1; i <= count; i++) ends[i] = (ends[i] as number) + (ends[i - 1] as number);
    for (let i = 0; i < count; i++) {
      const bucket = bucketOf[i] as number;
      const to = ends[bucket] as number;
      ends[bucket] = to + 1;
      time[to] = times[i] as number;
      code[to] = i;
    }
    for (let first = 0; first < count; ) {
      // After the deal the end of each bucket stands where its begin stood.
      const end = ends[bucketOf[code[first] as number] as number] as number;
      if (end - first > CROWD) sortCrowd(order, first, end, times);
      else insert(order, first, end);
      first = end;
    }
    orderTies(order, entries);
    return order;
  };
}

function sortCrowd(
  { code, time }: EventOrder,
  first: number,
  end: number,
  times: Float64Array,
): void {
  // Most crowds are what the window's edge cut: at one time, in order already.
  let i = first + 1;
  while (i < end && (time[i] as number) >= (time[i - 1] as number)) i++;
  if (i === end) return;
  code.subarray(first, end).sort((a, b) => (times[a] as number) - (times[b] as number));
  for (let j = first; j < end; j++) time[j] = times[code[j] as number] as number;
}

function insert({ code, time }: EventOrder, first: number, end: number): void {
  for (let i = first + 1; i < end; i++) {
    const key = time[i] as number;
    const event = code[i] as number;
    let at = i;
    for (; at > first && (time[at - 1] as number) > key; at--) {
      time[at] = time[at - 1] as number;
      code[at] = code[at - 1] as number;
    }
    time[at] = key;
    code[at] = event;
  }
}

function orderTies(order: EventOrder, entries: EntryColumns): void {
  const { count, code, time } = order;
  for (let first = 0; first < count; ) {
    let next = first + 1;
    while (next < count && time[next] === time[first]) next++;
    let i = first + 1;
    while (i < next && compareEvents(code[i - 1] as number, code[i] as number, entries) <= 0) i++;
    if (i < next) code.subarray(first, next).sort((a, b) => compareEvents(a, b, entries));
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

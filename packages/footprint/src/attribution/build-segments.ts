import { EPOCH_NS } from "../instant.ts";
import type { EpochInput, IntervalColumns } from "./epoch-input.ts";
import { createLoadPricer } from "./price-load.ts";
import { createEventSorter } from "./sort-events.ts";

/**
 * An epoch's window cut wherever anything changes. Segment `j` runs from `at[j]` to `at[j + 1]` ns with a constant
 * load and a constant number of open phases; every time of the input is a boundary, named by its index.
 */
export interface Segments {
  /** Number of segments; there is one boundary more. */
  count: number;
  at: Float64Array;
  /** Whole load in weight per second, and the part that spans show. */
  load: Float64Array;
  seenLoad: Float64Array;
  /** Running requests, and the phases that spans show. */
  running: Float64Array;
  seenRunning: Float64Array;
  entryFrom: Uint32Array;
  entryTo: Uint32Array;
  /** Entries in canonical order: by start, then id. */
  entryOrder: Uint32Array;
  /** Boundaries of the intervals' times. */
  fromAt: Uint32Array;
  toAt: Uint32Array;
  earliestAt: Uint32Array;
  latestAt: Uint32Array;
  /** Boundaries of the epoch's start, its cuts and its end. */
  partAt: Uint32Array;
  /** The load is not known moment by moment: a figure may be anything up to what was drawn in its window. */
  isPriced: boolean;
}

/** Creates a builder that reuses its memory; the returned segments are valid until the next call. */
export function createSegmentBuilder(): (input: EpochInput) => Segments {
  const sortEvents = createEventSorter();
  const priceLoad = createLoadPricer();
  let marks = new Float64Array(0);
  const segments = emptySegments();

  return (input) => {
    const { entries, loads } = input;
    const parts = Float64Array.of(0, ...input.cuts, EPOCH_NS);
    const [from, to] = windowOf(input.intervals);
    const order = sortEvents(entries, from, to);
    growSegments(segments, input, order.count, parts.length);
    const most = parts.length + input.intervals.count * 4 + loads.length * 2;
    if (marks.length < most) marks = new Float64Array(most * 2);
    const markCount = listMarks(marks, input, parts, from, to);
    const { at, load, seenLoad, running, seenRunning, entryFrom, entryTo, entryOrder } = segments;
    const { code, time, count } = order;
    let boundary = 0;
    let event = 0;
    let mark = 0;
    let seen = 0;
    let seenError = 0;
    let open = 0;
    let started = 0;
    at[0] = from;

    while (event < count || mark < markCount) {
      const nextEvent = event < count ? (time[event] as number) : Infinity;
      const nextMark = mark < markCount ? (marks[mark] as number) : Infinity;
      const now = nextEvent < nextMark ? nextEvent : nextMark;

      if (now > (at[boundary] as number)) {
        seenLoad[boundary] = open === 0 ? 0 : seen + seenError;
        load[boundary] = seenLoad[boundary] as number;
        seenRunning[boundary] = open;
        running[boundary] = open;
        at[++boundary] = now;
      }
      for (; event < count && time[event] === now; event++) {
        const entry = (code[event] as number) >>> 1;
        const isStart = ((code[event] as number) & 1) === 1;
        if (isStart) {
          entryFrom[entry] = boundary;
          entryOrder[started++] = entry;
        } else entryTo[entry] = boundary;
        const rate = entries.rate[entry] as number;
        if (rate === 0) continue;
        open += isStart ? 1 : -1;
        // Error-free sum, so that the load does not drift with the number of phases seen.
        const term = isStart ? rate : -rate;
        const sum = seen + term;
        const part = sum - seen;
        seenError += seen - (sum - part) + (term - part);
        seen = sum;
        if (open === 0) {
          seen = 0;
          seenError = 0;
        }
      }
      while (mark < markCount && marks[mark] === now) mark++;
    }
    segments.count = boundary;
    locate(segments, input.intervals, parts);
    segments.isPriced = loads.length > 0 && priceLoad(input, segments);
    return segments;
  };
}

/** Fills `marks` with the times, ascending, at which the window is cut whatever entries do; gives their number. */
function listMarks(
  marks: Float64Array,
  { intervals, loads }: EpochInput,
  parts: Float64Array,
  from: number,
  to: number,
): number {
  let count = parts.length;
  marks.set(parts);
  let before = Number.NaN;
  for (let k = 0; k < intervals.count; k++) {
    const start = intervals.from[k] as number;
    const end = intervals.to[k] as number;
    if (start !== before) marks[count++] = start;
    marks[count++] = end;
    if (intervals.earliest[k] !== start) marks[count++] = intervals.earliest[k] as number;
    if (intervals.latest[k] !== end) marks[count++] = intervals.latest[k] as number;
    before = end;
  }
  for (const load of loads) {
    if (load.from > from && load.from < to) marks[count++] = load.from;
    if (load.to > from && load.to < to) marks[count++] = load.to;
  }
  marks.subarray(0, count).sort();
  return count;
}

/** Finds the boundaries of the times that the rest asks for. */
function locate(segments: Segments, intervals: IntervalColumns, parts: Float64Array): void {
  const { at, fromAt, toAt, earliestAt, latestAt, partAt } = segments;
  const { count, from, to, earliest, latest } = intervals;
  findBoundaries(at, parts, parts.length, partAt);
  findBoundaries(at, from, count, fromAt);
  findBoundaries(at, to, count, toAt);
  if (isSame(from, earliest, count)) earliestAt.set(fromAt.subarray(0, count));
  else findBoundaries(at, earliest, count, earliestAt);
  if (isSame(to, latest, count)) latestAt.set(toAt.subarray(0, count));
  else findBoundaries(at, latest, count, latestAt);
}

function isSame(a: Float64Array, b: Float64Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (a[i] !== b[i]) return false;
  return true;
}

function findBoundaries(
  at: Float64Array,
  times: Float64Array,
  count: number,
  found: Uint32Array,
): void {
  let boundary = 0;
  for (let i = 0; i < count; i++) {
    while ((at[boundary] as number) < (times[i] as number)) boundary++;
    found[i] = boundary;
  }
}

/** First and last time that matter to the epoch: the epoch itself and every interval that meets it. */
export function windowOf(intervals: IntervalColumns): [from: number, to: number] {
  const last = intervals.count - 1;
  if (last < 0) return [0, EPOCH_NS];
  return [
    Math.min(0, intervals.earliest[0] as number),
    Math.max(EPOCH_NS, intervals.latest[last] as number),
  ];
}

function growSegments(segments: Segments, input: EpochInput, events: number, parts: number): void {
  const { intervals, loads, entries } = input;
  const boundaries = events + parts + intervals.count * 4 + loads.length * 2 + 1;
  if (segments.at.length < boundaries) {
    const size = Math.max(boundaries, segments.at.length * 2);
    for (const name of ["at", "load", "seenLoad", "running", "seenRunning"] as const) {
      segments[name] = new Float64Array(size);
    }
  }
  for (const name of ["fromAt", "toAt", "earliestAt", "latestAt"] as const) {
    segments[name] = sized(segments[name], intervals.count);
  }
  segments.entryFrom = sized(segments.entryFrom, entries.count);
  segments.entryTo = sized(segments.entryTo, entries.count);
  segments.entryOrder = sized(segments.entryOrder, entries.count);
  segments.partAt = sized(segments.partAt, parts);
}

function sized(array: Uint32Array, size: number): Uint32Array {
  return array.length >= size ? array : new Uint32Array(Math.max(size, array.length * 2));
}

function emptySegments(): Segments {
  const none = new Uint32Array(0);
  return {
    count: 0,
    at: new Float64Array(0),
    load: new Float64Array(0),
    seenLoad: new Float64Array(0),
    running: new Float64Array(0),
    seenRunning: new Float64Array(0),
    entryFrom: none,
    entryTo: none,
    entryOrder: none,
    fromAt: none,
    toAt: none,
    earliestAt: none,
    latestAt: none,
    partAt: none,
    isPriced: false,
  };
}

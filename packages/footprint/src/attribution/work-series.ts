import { addNs, compareInstants, EPOCH_NS, elapsedNs, type Instant } from "../instant.ts";
import type { RatedLoad } from "./count-load.ts";

/** What an engine says it has computed on a device so far. */
export interface WorkReading {
  readonly device: string;
  /** Who counts; what several count on one device adds up. */
  readonly source: string;
  readonly at: Instant;
  /** Tokens computed since some start, on this device: its share where a group of devices computes them. */
  readonly prefillTokens: number;
  readonly decodeTokens: number;
  /** Requests that run at this moment. */
  readonly running: number;
  /** Weight of a token; absent: weights are seconds, so the load is the number of running requests. */
  readonly price?: WorkPrice;
}

/** Weight of a token. */
export interface WorkPrice {
  readonly prefill: number;
  readonly decode: number;
}

/** Tokens that a source counted in part of an epoch, and what they weigh together. */
interface WorkDone {
  prefillTokens: number;
  decodeTokens: number;
  prefillWeight: number;
  decodeWeight: number;
}

/** A stretch of time that a reading changes. */
export interface WorkStretch {
  readonly from: Instant;
  readonly to: Instant;
}

/** One source's readings of one device, in time order. */
export interface WorkSeries {
  /** Takes a reading; undefined where it says nothing new. */
  add(reading: WorkReading): WorkStretch | undefined;
  /** Loads between neighbouring readings that meet `[from, to)` ns from the epoch's start, whole. */
  loadsIn(epoch: number, from: number, to: number): RatedLoad[];
  /** What was done inside the epoch, even within each interval. */
  doneIn(epoch: number): WorkDone;
  /** Forgets readings before `instant`, but for the last of them. */
  dropBefore(instant: Instant): void;
  byteLength(): number;
}

const BYTES_PER_READING = 120;
/** A counter that keeps less than this part of its value began anew. */
const KEPT = 0.99;
const SAME_PRICE: WorkPrice = { prefill: 1, decode: 1 };

/** Creates an empty series; between readings further apart than `maxGapNs` nothing is known, nor over a reset. */
export function createWorkSeries(maxGapNs: number): WorkSeries {
  const readings: WorkReading[] = [];

  /** Number of readings before `instant`. */
  function placeOf(instant: Instant): number {
    let low = 0;
    let high = readings.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareInstants((readings[middle] as WorkReading).at, instant) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function forEachInterval(
    epoch: number,
    from: number,
    to: number,
    visit: (before: WorkReading, after: WorkReading, fromNs: number, toNs: number) => void,
  ): void {
    const start = addNs({ epoch, ns: 0 }, from);
    for (let i = Math.max(1, placeOf(start)); i < readings.length; i++) {
      const before = readings[i - 1] as WorkReading;
      const after = readings[i] as WorkReading;
      const fromNs = (before.at.epoch - epoch) * EPOCH_NS + before.at.ns;
      if (fromNs >= to) return;
      const toNs = (after.at.epoch - epoch) * EPOCH_NS + after.at.ns;
      if (toNs <= from || toNs - fromNs > maxGapNs || isReset(before, after)) continue;
      visit(before, after, fromNs, toNs);
    }
  }

  return {
    add(reading) {
      const place = placeOf(reading.at);
      const known = readings[place];
      if (known !== undefined && compareInstants(known.at, reading.at) === 0) {
        // Of two that tell of one moment the same one stands, whichever came first.
        if (compareReadings(known, reading) >= 0) return undefined;
        readings[place] = reading;
      } else readings.splice(place, 0, reading);
      return {
        from: (readings[place - 1] ?? reading).at,
        to: (readings[place + 1] ?? reading).at,
      };
    },
    loadsIn(epoch, from, to) {
      const loads: RatedLoad[] = [];
      forEachInterval(epoch, from, to, (before, after, fromNs, toNs) => {
        const running = (before.running + after.running) / 2;
        const weight = weightOf(before, after);
        const rate = weight === undefined ? running : weight / ((toNs - fromNs) * 1e-9);
        loads.push({ from: fromNs, to: toNs, rate, running, isMean: true });
      });
      return loads;
    },
    doneIn(epoch) {
      const done = { prefillTokens: 0, decodeTokens: 0, prefillWeight: 0, decodeWeight: 0 };
      forEachInterval(epoch, 0, EPOCH_NS, (before, after, fromNs, toNs) => {
        const inside = Math.min(toNs, EPOCH_NS) - Math.max(fromNs, 0);
        const part = inside / (toNs - fromNs);
        const { prefill, decode } = tokensBetween(before, after);
        const { price = SAME_PRICE } = after;
        done.prefillTokens += prefill * part;
        done.decodeTokens += decode * part;
        done.prefillWeight += prefill * part * price.prefill;
        done.decodeWeight += decode * part * price.decode;
      });
      return done;
    },
    dropBefore(instant) {
      const place = placeOf(instant);
      if (place > 1) readings.splice(0, place - 1);
    },
    byteLength() {
      return readings.length * BYTES_PER_READING;
    },
  };
}

/**
 * A counter that fell began anew: what lies between is unknown. One that is a difference of counters may fall by a
 * request or so.
 */
function isReset(before: WorkReading, after: WorkReading): boolean {
  return (
    after.prefillTokens < KEPT * before.prefillTokens ||
    after.decodeTokens < KEPT * before.decodeTokens ||
    elapsedNs(before.at, after.at) <= 0
  );
}

const tokensBetween = (
  before: WorkReading,
  after: WorkReading,
): { readonly prefill: number; readonly decode: number } => ({
  prefill: Math.max(0, after.prefillTokens - before.prefillTokens),
  decode: Math.max(0, after.decodeTokens - before.decodeTokens),
});

function weightOf(before: WorkReading, after: WorkReading): number | undefined {
  if (after.price === undefined) return undefined;
  const { prefill, decode } = tokensBetween(before, after);
  return prefill * after.price.prefill + decode * after.price.decode;
}

function compareReadings(a: WorkReading, b: WorkReading): number {
  return (
    a.prefillTokens - b.prefillTokens ||
    a.decodeTokens - b.decodeTokens ||
    a.running - b.running ||
    (a.price?.decode ?? 0) - (b.price?.decode ?? 0)
  );
}

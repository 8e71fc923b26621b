import type { IdlePolicy, TimeShape } from "../policies.ts";

/** What settlement needs to know of a device; fixed for the device, never learned from readings. */
export interface DeviceTerms {
  /** Idle power `P0` in watts; 0 where unknown. */
  readonly idleWatts: number;
  /** Highest power in watts; Infinity where unknown. */
  readonly maxWatts: number;
  /** Relative gain error of the meter: it shows `1 ± gainError` times what was drawn. */
  readonly gainError: number;
  /** Largest difference between the clocks of meter and spans, ns; one and the same for all of an epoch. */
  readonly maxClockSkewNs: number;
  readonly idlePolicy: IdlePolicy;
  readonly timeShape: TimeShape;
}

/**
 * Meter intervals as columns, in time order and without overlap; times in ns from the epoch's start. `earliest` and
 * `latest` are how far an interval's ends may really lie out (reading time ranges, clock skew), also ascending.
 */
export interface IntervalColumns {
  readonly count: number;
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly earliest: Float64Array;
  readonly latest: Float64Array;
  /** Least and greatest length that the interval may really have, ns: skew moves its ends together, ranges do not. */
  readonly shortest: Float64Array;
  readonly longest: Float64Array;
  readonly joules: Float64Array;
  /** 1 where it is too long to say when the energy was drawn: counted, not attributed. */
  readonly isGap: Uint8Array;
}

/** Load of seen and unseen requests together over `[from, to)` ns from the epoch's start. */
export interface CountedLoad {
  readonly from: number;
  readonly to: number;
  /** Weight per second; absent where traces are sampled and nobody counted. */
  readonly rate?: number;
  /** The rate is a mean: an engine's counters do not say when in the interval the work was done. */
  readonly isMean?: boolean;
  /** Running requests; 1 where it is not known that none ran. */
  readonly running: number;
  /** What a weight costs, J, by the sampled phases of the price window. */
  readonly joulesPerWeight?: number;
}

/** Phases as columns: one entry per (phase, device); times in ns from the epoch's start, unclipped. */
export interface EntryColumns {
  count: number;
  start: Float64Array;
  end: Float64Array;
  /** Share times weight per second; 0 opens nothing. */
  rate: Float64Array;
  idHigh: Uint32Array;
  idLow: Uint32Array;
  /** 1 where the window may include waiting. */
  queueing: Uint8Array;
  /** Phases that one stands for where traces are sampled. */
  standsFor: Float64Array;
}

/** Everything that decides an epoch's figures on one device; nothing else may. */
export interface EpochInput {
  readonly terms: DeviceTerms;
  readonly entries: EntryColumns;
  /** Every whole interval that meets the epoch. */
  readonly intervals: IntervalColumns;
  /** In time order, without overlap. */
  readonly loads: readonly CountedLoad[];
  /** Times inside the epoch, ascending, at which figures are split (factor boundaries). */
  readonly cuts: readonly number[];
}

/** Empty columns with room for `capacity` entries. */
export function createEntryColumns(capacity: number): EntryColumns {
  return {
    count: 0,
    start: new Float64Array(capacity),
    end: new Float64Array(capacity),
    rate: new Float64Array(capacity),
    idHigh: new Uint32Array(capacity),
    idLow: new Uint32Array(capacity),
    queueing: new Uint8Array(capacity),
    standsFor: new Float64Array(capacity),
  };
}

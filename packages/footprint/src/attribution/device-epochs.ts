import { EPOCH_NS, type Instant } from "../instant.ts";
import { createEpochRecord, type EpochRecord, listEntry, unlistEntry } from "./epoch-record.ts";
import { lastEpochOf, type PhaseWindow } from "./phase-store.ts";

/** The epochs of one device: which entries meet each, and which have to be settled again. */
export interface DeviceEpochs {
  find(epoch: number): EpochRecord | undefined;
  /** Lists an entry of a phase that was in `window`. */
  addEntry(entry: number, window: PhaseWindow): void;
  removeEntry(entry: number, window: PhaseWindow): void;
  /** Sets the window over which an epoch is settled, ns from its start. */
  setWindow(record: EpochRecord, from: number, to: number): void;
  /** Soils the epochs that a stretch between readings decides, known until now or not. */
  soil(from: Instant, to: Instant): void;
  /** Soils epochs around a stretch from `fromNs` of one epoch to `toNs` of another whose windows reach into it. */
  soilNeighbours(from: number, fromNs: number, to: number, toNs: number): void;
  /** Soils the known epochs from the first to the last, and those whose windows reach into them. */
  soilKnown(first: number, last: number): void;
  soilAll(): void;
  /** Every known epoch, ascending. */
  known(): number[];
  /** First epoch before `limit` that phases which end in `limit` or later meet; `limit` where there is none. */
  firstReaching(limit: number): number;
  /** Forgets epochs before `limit`; no reading makes one of them known again. */
  dropBefore(limit: number): void;
  byteLength(): number;
}

/** Most intervals on either side of a reading that it can change. */
const MAX_INTERVALS_CHANGED = 3;

/** No epoch is known; `maxIntervalNs` is the longest interval between readings. */
export function createDeviceEpochs(maxIntervalNs: number): DeviceEpochs {
  const epochs = new Map<number, EpochRecord>();
  /** Records of the epochs asked for last, by the low bits of their number: phases are asked for in runs. */
  const recent: (EpochRecord | undefined)[] = [undefined, undefined, undefined, undefined];
  const recentEpochs = [-1, -1, -1, -1];
  /** How many epochs a window has reached beyond its own. */
  let reachEpochs = 0;
  let droppedBefore = Number.NEGATIVE_INFINITY;

  function find(epoch: number): EpochRecord | undefined {
    const place = epoch & 3;
    if (recentEpochs[place] !== epoch) {
      recentEpochs[place] = epoch;
      recent[place] = epochs.get(epoch);
    }
    return recent[place];
  }

  function recordOf(epoch: number): EpochRecord {
    let record = find(epoch);
    if (record === undefined) {
      record = createEpochRecord();
      epochs.set(epoch, record);
      recent[epoch & 3] = record;
    }
    return record;
  }

  function soilNeighbours(from: number, fromNs: number, to: number, toNs: number): void {
    // At distance 0 too: a stretch that ends with an epoch is not listed in the next, whose window may reach it.
    for (let distance = 0; distance <= reachEpochs; distance++) {
      const before = find(from - distance);
      if (before !== undefined && before.windowTo > distance * EPOCH_NS + fromNs) {
        before.isDirty = true;
      }
      const after = find(to + distance);
      if (after !== undefined && after.windowFrom < toNs - distance * EPOCH_NS) {
        after.isDirty = true;
      }
    }
  }

  return {
    find,
    addEntry(entry, window) {
      const last = lastEpochOf(window);
      for (let epoch = window.startEpoch; epoch <= last; epoch++) {
        listEntry(recordOf(epoch), entry, last);
      }
      soilNeighbours(window.startEpoch, window.startNs, window.endEpoch, window.endNs);
    },
    removeEntry(entry, window) {
      const last = lastEpochOf(window);
      for (let epoch = window.startEpoch; epoch <= last; epoch++) {
        unlistEntry(recordOf(epoch), entry);
      }
      soilNeighbours(window.startEpoch, window.startNs, window.endEpoch, window.endNs);
    },
    setWindow(record, from, to) {
      record.windowFrom = from;
      record.windowTo = to;
      reachEpochs = Math.max(
        reachEpochs,
        Math.ceil(-from / EPOCH_NS),
        Math.ceil(to / EPOCH_NS) - 1,
      );
    },
    soil(from, to) {
      // Between readings further apart than intervals may be nothing is read: no epoch there depends on them.
      const reach = MAX_INTERVALS_CHANGED * Math.ceil(maxIntervalNs / EPOCH_NS + 1);
      const earliest = Math.max(from.epoch, droppedBefore, to.epoch - reach);
      for (let epoch = earliest; epoch <= to.epoch; epoch++) recordOf(epoch).isDirty = true;
    },
    soilNeighbours,
    soilKnown(first, last) {
      for (let epoch = first; epoch <= last; epoch++) {
        const record = find(epoch);
        if (record !== undefined) record.isDirty = true;
      }
      soilNeighbours(first, 0, last, EPOCH_NS);
    },
    soilAll() {
      for (const record of epochs.values()) record.isDirty = true;
    },
    known: () => [...epochs.keys()].sort((a, b) => a - b),
    firstReaching(limit) {
      let first = limit;
      for (const [epoch, { lastEpoch }] of epochs) {
        if (epoch < first && lastEpoch >= limit) first = epoch;
      }
      return first;
    },
    dropBefore(limit) {
      for (const epoch of epochs.keys()) if (epoch < limit) epochs.delete(epoch);
      recentEpochs.fill(-1);
      droppedBefore = Math.max(droppedBefore, limit);
    },
    byteLength() {
      let bytes = 0;
      for (const { listed, rows, settlement } of epochs.values()) {
        bytes += listed.byteLength + rows.byteLength + (settlement?.rows.byteLength ?? 0);
      }
      return bytes;
    },
  };
}

import { EPOCH_NS } from "../instant.ts";
import type { DeviceShare, Phase } from "../phase.ts";
import { createPhaseIndex } from "./phase-index.ts";

const NONE = 0xffffffff;
/** Mark in the column of queueing of a slot that no phase has. */
const FREE = 2;
/** From one in so many on, removed phases leave the index by building it anew. */
const MANY_OF = 8;

/**
 * Phases as columns. A phase has one slot; each of its devices has an entry, linked in device-key order. Columns grow
 * together, freed slots and entries are used again.
 */
export interface PhaseStore {
  readonly size: number;
  readonly byteLength: number;
  idHigh: Uint32Array;
  idLow: Uint32Array;
  startEpoch: Int32Array;
  startNs: Float64Array;
  endEpoch: Int32Array;
  endNs: Float64Array;
  weight: Float64Array;
  queueing: Uint8Array;
  /** How many phases it stands for: one by its trace's probability of being seen. */
  standsFor: Float64Array;
  entrySlot: Uint32Array;
  /** Number of the device in the ledger. */
  entryDevice: Uint32Array;
  entryShare: Float64Array;
  /** Row of the entry in the epoch that was settled last. */
  entryRow: Uint32Array;
  find(idHigh: number, idLow: number): number;
  /** Adds a phase that is not there yet; `shares` are in device-key order. */
  insert(phase: Phase, shares: readonly DeviceShare[], numberOf: (key: string) => number): number;
  remove(slot: number): void;
  /** Removes many phases; slots are given out again in the order of `gone`. */
  removeAll(gone: readonly number[]): void;
  firstEntry(slot: number): number;
  /** Next entry of the same phase, or -1. */
  nextEntry(entry: number): number;
}

/** Creates an empty store. */
export function createPhaseStore(): PhaseStore {
  let size = 0;
  let slots = 0;
  let entries = 0;
  let freeSlot = NONE;
  let freeEntry = NONE;
  let first = new Uint32Array(0);
  let next = new Uint32Array(0);

  const store: PhaseStore = {
    idHigh: new Uint32Array(0),
    idLow: new Uint32Array(0),
    startEpoch: new Int32Array(0),
    startNs: new Float64Array(0),
    endEpoch: new Int32Array(0),
    endNs: new Float64Array(0),
    weight: new Float64Array(0),
    queueing: new Uint8Array(0),
    standsFor: new Float64Array(0),
    entrySlot: new Uint32Array(0),
    entryDevice: new Uint32Array(0),
    entryShare: new Float64Array(0),
    entryRow: new Uint32Array(0),
    get size() {
      return size;
    },
    get byteLength() {
      const perSlot = 4 + 4 + 4 + 8 + 4 + 8 + 8 + 1 + 8 + 4;
      const perEntry = 4 + 4 + 8 + 4 + 4;
      return perSlot * first.length + perEntry * next.length + index.byteLength;
    },
    find: (idHigh, idLow) => index.find(idHigh, idLow),
    insert,
    remove(slot) {
      index.remove(store.idHigh[slot] as number, store.idLow[slot] as number);
      free(slot);
    },
    removeAll(gone) {
      const isMany = gone.length * MANY_OF > size;
      for (let i = gone.length - 1; i >= 0; i--) {
        if (isMany) free(gone[i] as number);
        else store.remove(gone[i] as number);
      }
      if (isMany) index.rebuild(slots, (slot) => store.queueing[slot] !== FREE);
    },
    firstEntry: (slot) => signed(first[slot] as number),
    nextEntry: (entry) => signed(next[entry] as number),
  };
  const index = createPhaseIndex(store);

  function insert(
    phase: Phase,
    shares: readonly DeviceShare[],
    numberOf: (key: string) => number,
  ): number {
    const slot = takeSlot();
    store.idHigh[slot] = phase.idHigh;
    store.idLow[slot] = phase.idLow;
    store.startEpoch[slot] = phase.start.epoch;
    store.startNs[slot] = phase.start.ns;
    store.endEpoch[slot] = phase.end.epoch;
    store.endNs[slot] = phase.end.ns;
    store.weight[slot] = phase.weight;
    store.queueing[slot] = phase.includesQueueing === true ? 1 : 0;
    store.standsFor[slot] = standsForOf(phase);
    first[slot] = NONE;
    for (let i = shares.length - 1; i >= 0; i--) {
      const { device, share } = shares[i] as DeviceShare;
      const entry = takeEntry();
      store.entrySlot[entry] = slot;
      store.entryDevice[entry] = numberOf(device);
      store.entryShare[entry] = share;
      next[entry] = first[slot] as number;
      first[slot] = entry;
    }
    index.set(phase.idHigh, phase.idLow, slot);
    size++;
    return slot;
  }

  function free(slot: number): void {
    for (let entry = first[slot] as number; entry !== NONE; ) {
      const after = next[entry] as number;
      store.entrySlot[entry] = NONE;
      next[entry] = freeEntry;
      freeEntry = entry;
      entry = after;
    }
    store.queueing[slot] = FREE;
    first[slot] = freeSlot;
    freeSlot = slot;
    size--;
  }

  function takeSlot(): number {
    if (freeSlot !== NONE) {
      const slot = freeSlot;
      freeSlot = first[slot] as number;
      return slot;
    }
    if (slots === first.length) growSlots(Math.max(64, slots + (slots >>> 3)));
    return slots++;
  }

  function takeEntry(): number {
    if (freeEntry !== NONE) {
      const entry = freeEntry;
      freeEntry = next[entry] as number;
      return entry;
    }
    if (entries === next.length) growEntries(Math.max(64, entries + (entries >>> 3)));
    return entries++;
  }

  function growSlots(capacity: number): void {
    store.idHigh = widen(store.idHigh, new Uint32Array(capacity));
    store.idLow = widen(store.idLow, new Uint32Array(capacity));
    store.startEpoch = widen(store.startEpoch, new Int32Array(capacity));
    store.startNs = widen(store.startNs, new Float64Array(capacity));
    store.endEpoch = widen(store.endEpoch, new Int32Array(capacity));
    store.endNs = widen(store.endNs, new Float64Array(capacity));
    store.weight = widen(store.weight, new Float64Array(capacity));
    store.queueing = widen(store.queueing, new Uint8Array(capacity));
    store.standsFor = widen(store.standsFor, new Float64Array(capacity));
    first = widen(first, new Uint32Array(capacity));
  }

  function growEntries(capacity: number): void {
    store.entrySlot = widen(store.entrySlot, new Uint32Array(capacity));
    store.entryDevice = widen(store.entryDevice, new Uint32Array(capacity));
    store.entryShare = widen(store.entryShare, new Float64Array(capacity));
    store.entryRow = widen(store.entryRow, new Uint32Array(capacity));
    next = widen(next, new Uint32Array(capacity));
  }

  return store;
}

const signed = (link: number): number => (link === NONE ? -1 : link);

function widen<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** How many phases one stands for that is seen with its probability. */
export function standsForOf({ probability = 1 }: Phase): number {
  return 1 / probability;
}

/** Length of the phase in `slot`, ns. */
export function durationNsOf(store: PhaseStore, slot: number): number {
  const epochs = (store.endEpoch[slot] as number) - (store.startEpoch[slot] as number);
  return epochs * EPOCH_NS + (store.endNs[slot] as number) - (store.startNs[slot] as number);
}

/** Last epoch that the phase in `slot` meets; its end belongs to what comes before. */
export function lastEpochOf(store: PhaseStore, slot: number): number {
  const epoch = store.endEpoch[slot] as number;
  return store.endNs[slot] === 0 ? epoch - 1 : epoch;
}

/** Start of the phase in `slot`, ns from the start of `epoch`. */
export function startNsFrom(store: PhaseStore, slot: number, epoch: number): number {
  return ((store.startEpoch[slot] as number) - epoch) * EPOCH_NS + (store.startNs[slot] as number);
}

/** End of the phase in `slot`, ns from the start of `epoch`. */
export function endNsFrom(store: PhaseStore, slot: number, epoch: number): number {
  return ((store.endEpoch[slot] as number) - epoch) * EPOCH_NS + (store.endNs[slot] as number);
}

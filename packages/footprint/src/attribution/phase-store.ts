import { EPOCH_NS } from "../instant.ts";
import type { DeviceShare, Phase } from "../phase.ts";
import type { EntryColumns } from "./epoch-input.ts";
import { createRecordPages, pageOf, placeOf, type RecordPages } from "./record-pages.ts";

const NONE = 0xffffffff;

/** A handle is a slot and, above these bits, the turn of the slot: how often it was taken and freed. */
const SLOT_BITS = 26;
const TURN = 2 ** SLOT_BITS;
const MASK = TURN - 1;
/** In the word of the turn: the window may include waiting. */
const QUEUEING = 2 ** 31;

/** A phase: four doubles, then words. */
const PHASE_DOUBLES = 7;
const PHASE_WORDS = 14;
const START_NS = 0;
const END_NS = 1;
const WEIGHT = 2;
/** How many phases it stands for: one by its trace's probability of being seen. */
const STANDS_FOR = 3;
const ID_HIGH = 8;
const ID_LOW = 9;
const START_EPOCH = 10;
const END_EPOCH = 11;
const STATE = 12;
const FIRST_ENTRY = 13;

/** An entry: a double, then words. */
const ENTRY_DOUBLES = 3;
const ENTRY_WORDS = 6;
const SHARE = 0;
const SLOT = 2;
const DEVICE = 3;
const ROW = 4;
const NEXT = 5;

/** When a phase was, and what for. */
export interface PhaseWindow {
  startEpoch: number;
  startNs: number;
  endEpoch: number;
  endNs: number;
  /** It stands for others that are not seen, and has a weight. */
  isSample: boolean;
  firstEntry: number;
}

/** A window to read into. */
export const emptyWindow = (): PhaseWindow => ({
  startEpoch: 0,
  startNs: 0,
  endEpoch: 0,
  endNs: 0,
  isSample: false,
  firstEntry: -1,
});

/** Length of the window, ns. */
export const durationNsOf = ({ startEpoch, startNs, endEpoch, endNs }: PhaseWindow): number =>
  (endEpoch - startEpoch) * EPOCH_NS + endNs - startNs;

/** How many phases one stands for that is seen with its probability. */
const standsForOf = ({ probability = 1 }: Phase): number => 1 / probability;

/** Last epoch that the window meets; its end belongs to what comes before. */
export const lastEpochOf = ({
  endEpoch,
  endNs,
}: Pick<PhaseWindow, "endEpoch" | "endNs">): number => (endNs === 0 ? endEpoch - 1 : endEpoch);

/**
 * Phases, and an entry for each device of each, linked in device-key order. A phase is named by its slot while it is
 * here, and by its handle for ever: the handle of a phase gone names nothing.
 */
export interface PhaseStore {
  readonly size: number;
  readonly byteLength: number;
  readonly phases: RecordPages;
  readonly entries: RecordPages;
  /** Slot of the phase that the handle names, or -1. */
  find(handle: number): number;
  /** Adds a phase and gives its slot; `shares` are in device-key order. */
  insert(phase: Phase, shares: readonly DeviceShare[], numberOf: (key: string) => number): number;
  remove(slot: number): void;
}

/** Creates an empty store. */
export function createPhaseStore(): PhaseStore {
  const phases = createRecordPages(PHASE_DOUBLES);
  const entries = createRecordPages(ENTRY_DOUBLES);
  let size = 0;

  function addEntry(slot: number, device: number, share: number, next: number): number {
    const entry = entries.take();
    const page = pageOf(entry);
    const words = entries.words[page] as Uint32Array;
    const at = placeOf(entry, ENTRY_WORDS);
    (entries.doubles[page] as Float64Array)[placeOf(entry, ENTRY_DOUBLES) + SHARE] = share;
    words[at + SLOT] = slot;
    words[at + DEVICE] = device;
    words[at + NEXT] = next;
    return entry;
  }

  const store: PhaseStore = {
    get size() {
      return size;
    },
    get byteLength() {
      return phases.byteLength + entries.byteLength;
    },
    phases,
    entries,
    find(handle) {
      const slot = handle & MASK;
      const turn = Math.floor(handle / TURN);
      const state = phases.words[pageOf(slot)]?.[placeOf(slot, PHASE_WORDS) + STATE] ?? 0;
      const isThere = (turn & 1) === 1 && (state & MASK) === turn;
      return isThere ? slot : -1;
    },
    insert(phase, shares, numberOf) {
      const slot = phases.take();
      let first = NONE;
      for (let i = shares.length - 1; i >= 0; i--) {
        const { device, share } = shares[i] as DeviceShare;
        first = addEntry(slot, numberOf(device), share, first);
      }
      const page = pageOf(slot);
      const doubles = phases.doubles[page] as Float64Array;
      const words = phases.words[page] as Uint32Array;
      const double = placeOf(slot, PHASE_DOUBLES);
      const word = placeOf(slot, PHASE_WORDS);
      doubles[double + START_NS] = phase.start.ns;
      doubles[double + END_NS] = phase.end.ns;
      doubles[double + WEIGHT] = phase.weight;
      doubles[double + STANDS_FOR] = standsForOf(phase);
      words[word + ID_HIGH] = phase.idHigh;
      words[word + ID_LOW] = phase.idLow;
      words[word + START_EPOCH] = phase.start.epoch;
      words[word + END_EPOCH] = phase.end.epoch;
      words[word + STATE] =
        nextTurn(words[word + STATE] as number) + (phase.includesQueueing === true ? QUEUEING : 0);
      words[word + FIRST_ENTRY] = first;
      size++;
      return slot;
    },
    remove(slot) {
      for (let entry = firstEntryOf(store, slot); entry >= 0; ) {
        const next = nextEntryOf(store, entry);
        entries.release(entry);
        entry = next;
      }
      const words = phases.words[pageOf(slot)] as Uint32Array;
      const at = placeOf(slot, PHASE_WORDS) + STATE;
      words[at] = nextTurn(words[at] as number);
      phases.release(slot);
      size--;
    },
  };
  return store;
}

/** Turns are odd while a phase is there, so that no handle names a slot never taken. */
const nextTurn = (state: number): number => ((state & MASK) + 1) & MASK;

const signed = (link: number): number => (link === NONE ? -1 : link);

const phaseWord = ({ phases }: PhaseStore, slot: number, field: number): number =>
  (phases.words[pageOf(slot)] as Uint32Array)[placeOf(slot, PHASE_WORDS) + field] as number;
const entryWord = ({ entries }: PhaseStore, entry: number, field: number): number =>
  (entries.words[pageOf(entry)] as Uint32Array)[placeOf(entry, ENTRY_WORDS) + field] as number;

/** What names the phase in `slot` until it is removed, and never after. */
export const handleOf = (store: PhaseStore, slot: number): number =>
  (phaseWord(store, slot, STATE) & MASK) * TURN + slot;

/** First entry of the phase in `slot`. */
export const firstEntryOf = (store: PhaseStore, slot: number): number =>
  signed(phaseWord(store, slot, FIRST_ENTRY));

/** Next entry of the same phase, or -1. */
export const nextEntryOf = (store: PhaseStore, entry: number): number =>
  signed(entryWord(store, entry, NEXT));

export const slotOf = (store: PhaseStore, entry: number): number => entryWord(store, entry, SLOT);

/** Where an entry leads. */
export interface EntryLinks {
  /** Number of its device in the ledger. */
  device: number;
  /** Its row in the epoch that was settled last. */
  rowHint: number;
  /** Next entry of the same phase, or -1. */
  next: number;
}

/** Links to read into. */
export const emptyLinks = (): EntryLinks => ({ device: 0, rowHint: 0, next: -1 });

/** Reads where an entry leads. */
export function readLinks({ entries }: PhaseStore, entry: number, links: EntryLinks): EntryLinks {
  const words = entries.words[pageOf(entry)] as Uint32Array;
  const at = placeOf(entry, ENTRY_WORDS);
  links.device = words[at + DEVICE] as number;
  links.rowHint = words[at + ROW] as number;
  links.next = signed(words[at + NEXT] as number);
  return links;
}

/** Slot of the entry's phase where it ended in `epoch`, for the first entry of each phase; else -1. */
export function endedSlotOf({ phases, entries }: PhaseStore, entry: number, epoch: number): number {
  const slot = entries.words[pageOf(entry)]?.[placeOf(entry, ENTRY_WORDS) + SLOT] as number;
  const page = pageOf(slot);
  const words = phases.words[page] as Uint32Array;
  const word = placeOf(slot, PHASE_WORDS);
  if (words[word + FIRST_ENTRY] !== entry) return -1;
  const endNs = phases.doubles[page]?.[placeOf(slot, PHASE_DOUBLES) + END_NS] as number;
  return lastEpochOf({ endEpoch: words[word + END_EPOCH] as number, endNs }) === epoch ? slot : -1;
}

/** Reads when the phase in `slot` was. */
export function readWindow({ phases }: PhaseStore, slot: number, window: PhaseWindow): PhaseWindow {
  const page = pageOf(slot);
  const doubles = phases.doubles[page] as Float64Array;
  const words = phases.words[page] as Uint32Array;
  const double = placeOf(slot, PHASE_DOUBLES);
  const word = placeOf(slot, PHASE_WORDS);
  window.startNs = doubles[double + START_NS] as number;
  window.endNs = doubles[double + END_NS] as number;
  window.startEpoch = words[word + START_EPOCH] as number;
  window.endEpoch = words[word + END_EPOCH] as number;
  window.firstEntry = signed(words[word + FIRST_ENTRY] as number);
  window.isSample = doubles[double + STANDS_FOR] !== 1 && doubles[double + WEIGHT] !== 0;
  return window;
}

/** Whether the phase in `slot` is this one, but for its devices. */
export function isSamePhase({ phases }: PhaseStore, slot: number, phase: Phase): boolean {
  const page = pageOf(slot);
  const doubles = phases.doubles[page] as Float64Array;
  const words = phases.words[page] as Uint32Array;
  const double = placeOf(slot, PHASE_DOUBLES);
  const word = placeOf(slot, PHASE_WORDS);
  return (
    doubles[double + START_NS] === phase.start.ns &&
    doubles[double + END_NS] === phase.end.ns &&
    doubles[double + WEIGHT] === phase.weight &&
    doubles[double + STANDS_FOR] === standsForOf(phase) &&
    words[word + ID_HIGH] === phase.idHigh &&
    words[word + ID_LOW] === phase.idLow &&
    words[word + START_EPOCH] === phase.start.epoch &&
    words[word + END_EPOCH] === phase.end.epoch &&
    (words[word + STATE] as number) >= QUEUEING === (phase.includesQueueing === true)
  );
}

/** Whether the entry is this share of a phase on the device of this number. */
export function isSameEntry(
  { entries }: PhaseStore,
  entry: number,
  device: number,
  share: number,
): boolean {
  const page = pageOf(entry);
  return (
    entries.words[page]?.[placeOf(entry, ENTRY_WORDS) + DEVICE] === device &&
    entries.doubles[page]?.[placeOf(entry, ENTRY_DOUBLES) + SHARE] === share
  );
}

/** Makes the entry row `row` of the epoch, in columns of times from its start. */
export function readEntry(
  { phases, entries }: PhaseStore,
  entry: number,
  epoch: number,
  columns: EntryColumns,
  row: number,
): void {
  const entryWords = entries.words[pageOf(entry)] as Uint32Array;
  const at = placeOf(entry, ENTRY_WORDS);
  const share = entries.doubles[pageOf(entry)]?.[placeOf(entry, ENTRY_DOUBLES) + SHARE] as number;
  const slot = entryWords[at + SLOT] as number;
  const page = pageOf(slot);
  const doubles = phases.doubles[page] as Float64Array;
  const words = phases.words[page] as Uint32Array;
  const double = placeOf(slot, PHASE_DOUBLES);
  const word = placeOf(slot, PHASE_WORDS);
  const startEpochs = (words[word + START_EPOCH] as number) - epoch;
  const endEpochs = (words[word + END_EPOCH] as number) - epoch;
  const start = startEpochs * EPOCH_NS + (doubles[double + START_NS] as number);
  const end = endEpochs * EPOCH_NS + (doubles[double + END_NS] as number);
  entryWords[at + ROW] = row;
  columns.start[row] = start;
  columns.end[row] = end;
  columns.rate[row] = (share * (doubles[double + WEIGHT] as number)) / ((end - start) * 1e-9);
  columns.idHigh[row] = words[word + ID_HIGH] as number;
  columns.idLow[row] = words[word + ID_LOW] as number;
  columns.standsFor[row] = doubles[double + STANDS_FOR] as number;
  columns.queueing[row] = (words[word + STATE] as number) >= QUEUEING ? 1 : 0;
}

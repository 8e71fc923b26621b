import { EPOCH_NS } from "../instant.ts";
import type { RatedLoad } from "./count-load.ts";
import type { CountedLoad } from "./epoch-input.ts";
import type { EpochRecord } from "./epoch-record.ts";
import type { EpochTally } from "./tally-epoch.ts";

/** Windows never reach over the boundaries of so many epochs, counted from 1970. */
const BLOCK_EPOCHS = 16;
/** Seen phases that one price rests on. */
const ENOUGH_PHASES = 30;
/** Least length of a window: the requests of one epoch vary too much. */
const SHORTEST_EPOCHS = 2;

/** What work costs in the window of an epoch, by the phases seen in it. */
interface WindowPrice {
  /** 0 where nothing was seen, or nothing drawn. */
  readonly joulesPerWeight: number;
  /** Mean number of requests that ran, by those seen; at least 1. */
  readonly running: number;
}

/** What the windows of a device need of its ledger. */
export interface PriceWindowContext {
  find(epoch: number): EpochRecord | undefined;
  /** Whether the engine counted all of the epoch's load. */
  isCounted(epoch: number): boolean;
  /** Sums of an epoch whose load is not known. */
  tally(epoch: number, record: EpochRecord): EpochTally;
  /** Settles an epoch with the price that `withSampled` gives. */
  settle(epoch: number, record: EpochRecord): void;
}

/**
 * The epochs of one device in which traces are sampled and nobody counts: one price a window, `drawn / Σ w / p`.
 * Windows are whole epochs, grown from the start of their block until they hold 30 seen phases, so a price depends on
 * (device, window) and on nothing else.
 */
export interface PriceWindows {
  /** The device's traces are sampled, whether one is seen or not. */
  isAlways: boolean;
  /** Notes that a sampled phase meets the epochs; true where that makes one of them sampled. */
  note(first: number, last: number): boolean;
  /** Forgets one that was noted; true where an epoch is not sampled any more. */
  forget(first: number, last: number): boolean;
  isSampled(epoch: number): boolean;
  /** Settles what is not settled of the epoch's block. */
  refresh(epoch: number): void;
  /** Whether the epoch lay in a window when it was settled last. */
  hasPrice(epoch: number): boolean;
  /**
   * Loads that meet the epoch's window: as they were counted, but in sampled epochs that were not counted whole. The
   * price of the epoch itself is left out where it is being sought.
   */
  withSampled(
    loads: readonly RatedLoad[],
    epoch: number,
    window: Pick<EpochRecord, "windowFrom" | "windowTo">,
  ): readonly CountedLoad[];
  expire(before: number): void;
}

/** First epoch of the block that `epoch` lies in. */
export function blockOf(epoch: number): number {
  return Math.floor(epoch / BLOCK_EPOCHS) * BLOCK_EPOCHS;
}

/** First epoch after the block that `epoch` lies in. */
export function blockEndOf(epoch: number): number {
  return blockOf(epoch) + BLOCK_EPOCHS;
}

/** Creates the windows of one device. */
export function createPriceWindows(context: PriceWindowContext): PriceWindows {
  /** Sampled phases by block. */
  const phases = new Map<number, number>();
  const tallies = new Map<number, EpochTally>();
  const windows = new Map<number, WindowPrice>();

  function count(first: number, last: number, step: 1 | -1): boolean {
    let isTurned = false;
    for (let block = blockOf(first); block <= last; block += BLOCK_EPOCHS) {
      const before = phases.get(block) ?? 0;
      const after = before + step;
      if (after === 0) phases.delete(block);
      else phases.set(block, after);
      if (before === 0 || after === 0) isTurned = true;
    }
    return isTurned;
  }

  const isSampled = (epoch: number): boolean =>
    one.isAlways || (phases.size > 0 && phases.has(blockOf(epoch)));
  const isPriced = (epoch: number): boolean => isSampled(epoch) && !context.isCounted(epoch);

  function refresh(epoch: number): void {
    const block = blockOf(epoch);
    const dirty: number[] = [];
    for (let e = block; e < block + BLOCK_EPOCHS; e++) {
      if (context.find(e)?.isDirty === true) dirty.push(e);
    }
    if (dirty.length === 0) return;
    for (const e of dirty) {
      windows.delete(e);
      if (isPriced(e)) tallies.set(e, context.tally(e, context.find(e) as EpochRecord));
      else tallies.delete(e);
    }
    const changed = new Set(dirty);
    for (const [e, window] of growWindows(block, tallies)) {
      const known = windows.get(e);
      const isSame =
        known?.joulesPerWeight === window.joulesPerWeight && known.running === window.running;
      windows.set(e, window);
      if (!isSame) changed.add(e);
    }
    for (const e of changed) context.settle(e, context.find(e) as EpochRecord);
  }

  const one: PriceWindows = {
    isAlways: false,
    note: (first, last) => count(first, last, 1),
    forget: (first, last) => count(first, last, -1),
    isSampled,
    refresh,
    hasPrice: (epoch) => windows.has(epoch),
    withSampled(loads, epoch, { windowFrom, windowTo }) {
      const firstEpoch = epoch + Math.floor(windowFrom / EPOCH_NS);
      const lastEpoch = epoch + Math.ceil(windowTo / EPOCH_NS) - 1;
      let found: readonly CountedLoad[] = loads;
      for (let e = firstEpoch; e <= lastEpoch; e++) {
        if (!isPriced(e)) continue;
        const window = e === epoch ? windows.get(e) : undefined;
        const from = (e - epoch) * EPOCH_NS;
        found = replaceIn(found, {
          from,
          to: from + EPOCH_NS,
          running: window?.running ?? 1,
          ...(window === undefined ? {} : { joulesPerWeight: window.joulesPerWeight }),
        });
      }
      return found;
    },
    expire(before) {
      for (const block of phases.keys()) {
        // Meter intervals of the first epoch that is kept reach back into the last of them.
        if (block + 2 * BLOCK_EPOCHS <= before) phases.delete(block);
      }
      for (const epoch of tallies.keys()) if (epoch < before) tallies.delete(epoch);
      for (const epoch of windows.keys()) if (epoch < before) windows.delete(epoch);
    },
  };
  return one;
}

/** The window of every epoch of the block that has a tally. */
function growWindows(
  block: number,
  tallies: ReadonlyMap<number, EpochTally>,
): ReadonlyMap<number, WindowPrice> {
  const windows = new Map<number, WindowPrice>();
  let epochs: number[] = [];
  let phases = 0;

  function close(): void {
    let joules = 0;
    let weight = 0;
    let phaseSeconds = 0;
    let seconds = 0;
    for (const epoch of epochs) {
      const tally = tallies.get(epoch) as EpochTally;
      joules += tally.joules;
      weight += tally.weight;
      phaseSeconds += tally.phaseSeconds;
      seconds += tally.seconds;
    }
    const joulesPerWeight = weight > 0 ? joules / weight : 0;
    const running = seconds > 0 ? Math.max(1, phaseSeconds / seconds) : 1;
    for (const epoch of epochs) windows.set(epoch, { joulesPerWeight, running });
    epochs = [];
    phases = 0;
  }

  for (let epoch = block; epoch < block + BLOCK_EPOCHS; epoch++) {
    const tally = tallies.get(epoch);
    if (tally === undefined) continue;
    phases += epochs.length === 0 ? tally.phases : tally.begun;
    epochs.push(epoch);
    if (phases >= ENOUGH_PHASES && epochs.length >= SHORTEST_EPOCHS) close();
  }
  if (epochs.length > 0) close();
  return windows;
}

/** The loads, in time order, with `placed` instead of what they have there. */
function replaceIn(loads: readonly CountedLoad[], placed: CountedLoad): CountedLoad[] {
  const left = loads.flatMap((load) =>
    load.from < placed.from ? [cut(load, load.from, placed.from)] : [],
  );
  const right = loads.flatMap((load) =>
    load.to > placed.to ? [cut(load, placed.to, load.to)] : [],
  );
  return [...left, placed, ...right];
}

function cut(load: CountedLoad, from: number, to: number): CountedLoad {
  return { ...load, from: Math.max(from, load.from), to: Math.min(to, load.to) };
}

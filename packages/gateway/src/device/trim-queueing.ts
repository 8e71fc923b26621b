/** Completions further apart than this belong to different forward passes, ns. */
const PASS_GAP_NS = 50_000_000n;

/** The window of one prefill on a worker. */
export interface PrefillWindow {
  readonly id: string;
  readonly startNs: bigint;
  /** After `startNs`. */
  readonly endNs: bigint;
  /** The start may lie before the engine took the request up. */
  readonly includesQueueing: boolean;
}

/**
 * One worker's prefills without the wait for the passes before: a window that includes queueing starts no earlier
 * than the last completion of the previous pass. Starts only move later, never past the window's end, and depend on
 * the windows alone, not on their order.
 */
export interface QueueTrimmer {
  /** Adds or replaces a window; gives the ids of others whose start is another now. */
  set(window: PrefillWindow): readonly string[];
  /** Takes a window away; gives the ids of others whose start is another now. */
  remove(id: string): readonly string[];
  /** Trimmed start; undefined for a window that is not there. */
  startOf(id: string): bigint | undefined;
  /** Forgets windows that ended before `endNs`; what they did to later starts stands. */
  dropBefore(endNs: bigint): void;
  /** Windows that are there. */
  readonly size: number;
}

interface Entry {
  readonly window: PrefillWindow;
  /** Last completion of the pass before; undefined in the first pass. */
  previousPassEndNs: bigint | undefined;
}

/** Creates a trimmer without windows; a window costs O(log n), and the length of the next pass where it moves that. */
export function createQueueTrimmer(): QueueTrimmer {
  /** By end, then id. */
  const entries: Entry[] = [];
  const byId = new Map<string, Entry>();

  function indexOf({ endNs, id }: PrefillWindow): number {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { window } = entries[middle] as Entry;
      if (window.endNs < endNs || (window.endNs === endNs && window.id < id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Carries the pass before the one at `index` on through that pass; adds to `moved` whose start changed. */
  function carry(index: number, moved: string[]): void {
    for (let i = index; i < entries.length; i++) {
      const entry = entries[i] as Entry;
      const before = entries[i - 1];
      const isSamePass =
        before !== undefined && entry.window.endNs - before.window.endNs <= PASS_GAP_NS;
      const previous = isSamePass ? before.previousPassEndNs : before?.window.endNs;
      if (previous === entry.previousPassEndNs) return;
      const start = trimmedStart(entry);
      entry.previousPassEndNs = previous;
      if (trimmedStart(entry) !== start) moved.push(entry.window.id);
    }
  }

  function takeOut(entry: Entry, moved: string[]): void {
    const index = indexOf(entry.window);
    entries.splice(index, 1);
    byId.delete(entry.window.id);
    carry(index, moved);
  }

  return {
    set(window) {
      const moved: string[] = [];
      const known = byId.get(window.id);
      if (known !== undefined && isSame(known.window, window)) return moved;
      if (known !== undefined) takeOut(known, moved);
      const index = indexOf(window);
      const entry: Entry = { window, previousPassEndNs: undefined };
      entries.splice(index, 0, entry);
      byId.set(window.id, entry);
      carry(index, moved);
      carry(index + 1, moved);
      return moved.filter((id) => id !== window.id);
    },
    remove(id) {
      const known = byId.get(id);
      const moved: string[] = [];
      if (known !== undefined) takeOut(known, moved);
      return moved;
    },
    startOf(id) {
      const entry = byId.get(id);
      return entry && trimmedStart(entry);
    },
    dropBefore(endNs) {
      let count = 0;
      while (count < entries.length && (entries[count] as Entry).window.endNs < endNs) {
        byId.delete((entries[count] as Entry).window.id);
        count++;
      }
      // The last one stays in line: the pass after it starts where it ended.
      entries.splice(0, count - 1);
    },
    get size() {
      return byId.size;
    },
  };
}

function trimmedStart({ window, previousPassEndNs }: Entry): bigint {
  const isLate = previousPassEndNs !== undefined && previousPassEndNs > window.startNs;
  return isLate && window.includesQueueing ? previousPassEndNs : window.startNs;
}

function isSame(a: PrefillWindow, b: PrefillWindow): boolean {
  return (
    a.startNs === b.startNs && a.endNs === b.endNs && a.includesQueueing === b.includesQueueing
  );
}

import { PASS_GAP_NS, type PrefillWindow, trimQueueing } from "./trim-queueing.ts";

/** The prefills of one worker, and where their starts lie without the wait for each other. */
export interface PrefillQueue {
  set(window: PrefillWindow<string>): void;
  remove(id: string): void;
  /** Starts that what came since the last call may have moved; of the other windows they stand. */
  retrim(): ReadonlyMap<string, bigint>;
}

/** Creates the queue of a worker; its work grows with what changed, not with what is known. */
export function createPrefillQueue(): PrefillQueue {
  const byId = new Map<string, PrefillWindow<string>>();
  /** By end. */
  const sorted: PrefillWindow<string>[] = [];
  let changedFromNs: bigint | undefined;
  let changedToNs = 0n;

  function firstEndingAt(endNs: bigint): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] as PrefillWindow<string>).endNs < endNs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether a pass ends before window `i`. */
  function isPassStart(i: number): boolean {
    const [before, window] = [sorted[i - 1], sorted[i]];
    return !before || !window || window.endNs - before.endNs > PASS_GAP_NS;
  }

  function noteChange({ endNs }: PrefillWindow<string>): void {
    if (changedFromNs === undefined || endNs < changedFromNs) changedFromNs = endNs;
    if (endNs > changedToNs) changedToNs = endNs;
  }

  function remove(id: string): void {
    const window = byId.get(id);
    if (window === undefined) return;
    byId.delete(id);
    sorted.splice(sorted.indexOf(window, firstEndingAt(window.endNs)), 1);
    noteChange(window);
  }

  return {
    set(window) {
      remove(window.id);
      byId.set(window.id, window);
      sorted.splice(firstEndingAt(window.endNs), 0, window);
      noteChange(window);
    },
    remove,
    retrim() {
      if (changedFromNs === undefined) return new Map();
      let from = firstEndingAt(changedFromNs);
      while (!isPassStart(from)) from--;
      // A completion counts for the rest of its pass and for the pass that follows.
      let to = firstEndingAt(changedToNs + 1n);
      for (let passes = 0; to < sorted.length && passes < 2; to++) {
        if (isPassStart(to) && ++passes === 2) break;
      }
      changedFromNs = undefined;
      changedToNs = 0n;
      const context = Math.max(0, from - 1);
      const starts = new Map(trimQueueing(sorted.slice(context, to)));
      // The last window of the pass before is there for its end; its own start hangs on windows left out.
      if (context < from) starts.delete((sorted[context] as PrefillWindow<string>).id);
      return starts;
    },
  };
}

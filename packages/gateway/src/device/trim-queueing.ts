/** Completions further apart than this belong to different forward passes, ns. */
export const PASS_GAP_NS = 50_000_000n;

/** The window of one prefill on a worker. */
export interface PrefillWindow<Id> {
  readonly id: Id;
  readonly startNs: bigint;
  /** After `startNs`. */
  readonly endNs: bigint;
  /** The start may lie before the engine took the request up. */
  readonly includesQueueing: boolean;
}

/**
 * Starts of one worker's prefills without the wait for the passes before: a window that includes queueing
 * starts no earlier than the last completion of the previous pass. Starts only move later, never past the
 * window's end; the order of `windows` does not matter.
 */
export function trimQueueing<Id>(windows: readonly PrefillWindow<Id>[]): ReadonlyMap<Id, bigint> {
  const sorted = [...windows].sort((a, b) => (a.endNs < b.endNs ? -1 : Number(a.endNs > b.endNs)));
  const starts = new Map<Id, bigint>();
  let previousPassEndNs: bigint | undefined;
  let lastEndNs: bigint | undefined;
  for (const window of sorted) {
    if (lastEndNs !== undefined && window.endNs - lastEndNs > PASS_GAP_NS) {
      previousPassEndNs = lastEndNs;
    }
    lastEndNs = window.endNs;
    const isLate = previousPassEndNs !== undefined && previousPassEndNs > window.startNs;
    const startNs = isLate && window.includesQueueing ? previousPassEndNs : undefined;
    starts.set(window.id, startNs ?? window.startNs);
  }
  return starts;
}

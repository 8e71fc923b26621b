/** How far a partition is read, in the time in which its records were written, ms since 1970. */
export interface StreamClock {
  /** Records up to one written at `atMs` were taken; `isCaughtUp`: there were no more. */
  read(atMs: number, isCaughtUp: boolean): void;
  /** The time, where everything that was there at `fetchedMs` has been taken; -Infinity before anything is known. */
  atMs(fetchedMs: number): number;
}

/** Creates the clock of a partition; `isEmpty`: there was nothing in it. */
export function createStreamClock(isEmpty: boolean): StreamClock {
  let readMs = Number.NEGATIVE_INFINITY;
  let isCaughtUp = isEmpty;
  return {
    read(atMs, isAtEnd) {
      readMs = Math.max(readMs, atMs);
      isCaughtUp = isAtEnd;
    },
    atMs(fetchedMs) {
      // An idle partition has been read up to now.
      if (isCaughtUp) readMs = Math.max(readMs, fetchedMs);
      return readMs;
    },
  };
}

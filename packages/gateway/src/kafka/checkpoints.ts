/** Where reading can go on so that everything that may still change is read again. */
export interface Checkpoints<T> {
  /** Remembers where reading is at `atMs` of the stream. */
  note(atMs: number, position: () => T): void;
  /** The latest position that is older than `beforeMs`, once. */
  take(beforeMs: number): { readonly atMs: number; readonly position: T } | undefined;
}

const EVERY_MS = 10_000;

/** Creates checkpoints, one in ten seconds. */
export function createCheckpoints<T>(): Checkpoints<T> {
  const noted: { atMs: number; position: T }[] = [];
  return {
    note(atMs, position) {
      if (!Number.isFinite(atMs) || atMs - (noted.at(-1)?.atMs ?? 0) < EVERY_MS) return;
      noted.push({ atMs, position: position() });
    },
    take(beforeMs) {
      let count = 0;
      while (count < noted.length && (noted[count]?.atMs ?? 0) < beforeMs) count++;
      return noted.splice(0, count).at(-1);
    },
  };
}

import type { GroupCommit } from "./group-commit.ts";
import type { Table } from "./open-tables.ts";

/** Keys a millisecond: times of records, told apart by a number. */
const KEYS_PER_MS = 4096;

/** Most records erased at a time, so that a start after a long stop does not stand still. */
const MAX_ERASED = 10_000;

/** First key of a record that came at `atMs` or later. */
export function keyAt(atMs: number): number {
  return Math.max(0, Math.floor(atMs)) * KEYS_PER_MS;
}

/** Gives keys in the order in which they are asked for, also where the clock is set back. */
export function createKeyMaker(lastKey: number): (atMs: number) => number {
  let last = lastKey;
  return (atMs) => {
    last = Math.max(last + 1, keyAt(atMs));
    return last;
  };
}

/** The greatest key in a table, 0 where it is empty. */
export function lastKeyOf(table: Table): number {
  const [last] = table.getKeys({ reverse: true, limit: 1 });
  return typeof last === "number" ? last : 0;
}

/** Erases what was kept before `beforeMs`. */
export function eraseKept(table: Table, group: GroupCommit, beforeMs: number): void {
  for (const key of table.getKeys({ end: keyAt(beforeMs), limit: MAX_ERASED })) {
    group.add({ table: "kept", key });
  }
}

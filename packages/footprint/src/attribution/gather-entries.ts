import { EPOCH_NS } from "../instant.ts";
import { createEntryColumns, type EntryColumns } from "./epoch-input.ts";
import type { EpochRecord } from "./epoch-record.ts";
import {
  emptyWindow,
  lastEpochOf,
  type PhaseStore,
  readEntry,
  readWindow,
  slotOf,
} from "./phase-store.ts";

const scratch = emptyWindow();
const NOTHING_LISTED = { listed: new Uint32Array(0), size: 0 };

/**
 * Lists in `record.rows`, ascending, every entry that meets the window of the record, and fills `columns` with them;
 * `find` gives the records of other epochs.
 */
export function gatherEntries(
  columns: EntryColumns,
  store: PhaseStore,
  find: (epoch: number) => EpochRecord | undefined,
  epoch: number,
  record: EpochRecord,
): void {
  const firstEpoch = epoch + Math.floor(record.windowFrom / EPOCH_NS);
  const lastEpoch = epoch + Math.ceil(record.windowTo / EPOCH_NS) - 1;
  let most = 0;
  for (let other = firstEpoch; other <= lastEpoch; other++) most += find(other)?.size ?? 0;
  const found = new Uint32Array(most);
  let count = 0;
  for (let other = firstEpoch; other <= lastEpoch; other++) {
    const { listed, size } = find(other) ?? NOTHING_LISTED;
    for (let i = 0; i < size; i++) {
      const entry = listed[i] as number;
      if (other === epoch || meetsWindow(store, entry, epoch, other, record)) {
        found[count++] = entry;
      }
    }
  }
  record.rows = inOrder(count === most ? found : found.slice(0, count));
  fillColumns(columns, store, record.rows, epoch);
}

/** Whether an entry listed in `other`, and not in `epoch` or nearer to it, reaches into the window of `epoch`. */
function meetsWindow(
  store: PhaseStore,
  entry: number,
  epoch: number,
  other: number,
  { windowFrom, windowTo }: EpochRecord,
): boolean {
  const phase = readWindow(store, slotOf(store, entry), scratch);
  if (other < epoch) {
    const endNs = (phase.endEpoch - epoch) * EPOCH_NS + phase.endNs;
    return lastEpochOf(phase) === other && endNs > windowFrom;
  }
  const startNs = (phase.startEpoch - epoch) * EPOCH_NS + phase.startNs;
  return phase.startEpoch === other && startNs < windowTo;
}

/** Sorts entries, which mostly are in order already. */
function inOrder(entries: Uint32Array): Uint32Array {
  for (let i = 1; i < entries.length; i++) {
    if ((entries[i] as number) < (entries[i - 1] as number)) return entries.sort();
  }
  return entries;
}

function fillColumns(
  columns: EntryColumns,
  store: PhaseStore,
  rows: Uint32Array,
  epoch: number,
): void {
  if (columns.start.length < rows.length)
    Object.assign(columns, createEntryColumns(rows.length * 2));
  columns.count = rows.length;
  for (let i = 0; i < rows.length; i++) readEntry(store, rows[i] as number, epoch, columns, i);
}

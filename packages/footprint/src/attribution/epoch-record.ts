import type { EpochSettlement } from "./settle-epoch.ts";

/** Entries that meet one epoch on one device, and the figures they were given. */
export interface EpochRecord {
  size: number;
  /** No phase listed here goes on beyond this epoch. */
  lastEpoch: number;
  listed: Uint32Array;
  isDirty: boolean;
  /** Window of the last settlement, ns from the epoch's start: whole intervals reach beyond the epoch. */
  windowFrom: number;
  windowTo: number;
  /** Entry numbers, ascending: row `i` of the settlement is entry `rows[i]`. */
  rows: Uint32Array;
  settlement: EpochSettlement | undefined;
}

/** An epoch that nothing has met yet. */
export function createEpochRecord(): EpochRecord {
  return {
    size: 0,
    lastEpoch: Number.NEGATIVE_INFINITY,
    listed: new Uint32Array(4),
    isDirty: true,
    windowFrom: 0,
    windowTo: 0,
    rows: new Uint32Array(0),
    settlement: undefined,
  };
}

/** Lists an entry whose phase ends in `lastEpoch` in the epoch. */
export function listEntry(record: EpochRecord, entry: number, lastEpoch: number): void {
  if (lastEpoch > record.lastEpoch) record.lastEpoch = lastEpoch;
  if (record.size === record.listed.length) {
    const wider = new Uint32Array(record.size + Math.max(8, record.size >>> 2));
    wider.set(record.listed);
    record.listed = wider;
  }
  record.listed[record.size++] = entry;
  record.isDirty = true;
}

/** Takes an entry off the epoch's list. */
export function unlistEntry(record: EpochRecord, entry: number): void {
  const at = record.listed.indexOf(entry);
  if (at < 0 || at >= record.size) return;
  record.listed[at] = record.listed[--record.size] as number;
  record.isDirty = true;
}

/** Row of the entry in the settlement, or -1; `hint` is where it was in the epoch settled last. */
export function rowOf({ rows }: EpochRecord, entry: number, hint: number): number {
  if (rows[hint] === entry) return hint;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle] as number) < entry) low = middle + 1;
    else high = middle;
  }
  return rows[low] === entry ? low : -1;
}

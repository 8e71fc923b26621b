import type { Limits } from "./limits.ts";
import type { ByteMatcher } from "./match-bytes.ts";
import { SPAN_SHIFT, type SpanRanges } from "./span-ranges.ts";
import type { Encoding, RejectedSpan, SpanTable } from "./span-table.ts";

/** A span table as its scanner fills it. */
export interface FilledTable extends SpanTable {
  encoding: Encoding;
  body: Uint8Array;
  count: number;
  nameIndex: Int16Array;
  keyMask: Uint32Array;
  readonly rejected: RejectedSpan[];
  readonly ranges: SpanRanges;
}

/** What one scanner works with. */
export interface ScanState {
  readonly table: FilledTable;
  readonly names: ByteMatcher;
  readonly keys: ByteMatcher;
  /** Bits of `keyMask` that key `k` of the matcher stands for: more than one where a key was named twice. */
  readonly keyBits: Uint32Array;
  readonly limits: Limits;
}

/** Makes room for row `table.count` and empties it. */
export function openRow(table: FilledTable): void {
  const row = table.count;
  if (row >= table.keyMask.length) growRows(table);
  const cells = table.ranges.cells;
  const base = row << SPAN_SHIFT;
  const next = base + (1 << SPAN_SHIFT);
  for (let cell = base; cell < next; cell++) cells[cell] = 0;
  table.nameIndex[row] = -1;
  table.keyMask[row] = 0;
}

function growRows(table: FilledTable): void {
  const rows = Math.max(256, table.keyMask.length * 2);
  const nameIndex = new Int16Array(rows);
  nameIndex.set(table.nameIndex);
  table.nameIndex = nameIndex;
  const keyMask = new Uint32Array(rows);
  keyMask.set(table.keyMask);
  table.keyMask = keyMask;
  const cells = new Uint32Array(rows << SPAN_SHIFT);
  cells.set(table.ranges.cells);
  table.ranges.cells = cells;
}

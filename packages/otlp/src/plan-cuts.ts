import {
  PART_END,
  PART_ENTRY,
  PART_OWNER,
  partCell,
  SPAN_END,
  SPAN_ENTRY,
  SPAN_SCOPE,
  SPAN_SHIFT,
} from "./span-ranges.ts";
import type { SpanTable } from "./span-table.ts";

export const ENTRY_CELLS = 3;
export const ENTRY_START = 0;
export const ENTRY_END = 1;
export const ENTRY_SCOPE = 2;

/** Which spans of a request stay, with the rejected ones among them in the order of the body. */
export interface CutPlan {
  /** Three cells an entry: where it starts and ends, and its scope's row. */
  readonly entries: Uint32Array;
  readonly isKept: Uint8Array;
  readonly count: number;
  readonly keptCount: number;
  /** Spans that stay, by scope; scopes that stay, by resource. */
  readonly keptInScope: Uint32Array;
  readonly keptInResource: Uint32Array;
}

/** The plan that takes out held and rejected spans. */
export function planCuts(table: SpanTable, isHeld: (i: number) => boolean): CutPlan {
  const { cells, rejected } = table.ranges;
  const count = table.count + rejected.count;
  const entries = new Uint32Array(count * ENTRY_CELLS);
  const isKept = new Uint8Array(count);
  let keptCount = 0;
  let bad = 0;
  for (let i = 0; i < table.count; i++) {
    const base = i << SPAN_SHIFT;
    const start = cells[base + SPAN_ENTRY] as number;
    while (bad < rejected.count && partCell(rejected, bad, PART_ENTRY) < start) {
      putRejected(table, entries, i + bad, bad);
      bad += 1;
    }
    const entry = i + bad;
    entries[entry * ENTRY_CELLS + ENTRY_START] = start;
    entries[entry * ENTRY_CELLS + ENTRY_END] = cells[base + SPAN_END] as number;
    entries[entry * ENTRY_CELLS + ENTRY_SCOPE] = cells[base + SPAN_SCOPE] as number;
    if (isHeld(i)) continue;
    isKept[entry] = 1;
    keptCount += 1;
  }
  for (; bad < rejected.count; bad++) putRejected(table, entries, table.count + bad, bad);
  return { entries, isKept, count, keptCount, ...countKept(table, entries, isKept) };
}

function putRejected(table: SpanTable, entries: Uint32Array, entry: number, row: number): void {
  const { rejected } = table.ranges;
  entries[entry * ENTRY_CELLS + ENTRY_START] = partCell(rejected, row, PART_ENTRY);
  entries[entry * ENTRY_CELLS + ENTRY_END] = partCell(rejected, row, PART_END);
  entries[entry * ENTRY_CELLS + ENTRY_SCOPE] = partCell(rejected, row, PART_OWNER);
}

function countKept(
  table: SpanTable,
  entries: Uint32Array,
  isKept: Uint8Array,
): Pick<CutPlan, "keptInScope" | "keptInResource"> {
  const { resources, scopes } = table.ranges;
  const keptInScope = new Uint32Array(scopes.count);
  const keptInResource = new Uint32Array(resources.count);
  for (let entry = 0; entry < isKept.length; entry++) {
    const scope = entries[entry * ENTRY_CELLS + ENTRY_SCOPE] as number;
    keptInScope[scope] = (keptInScope[scope] as number) + (isKept[entry] as number);
  }
  for (let scope = 0; scope < scopes.count; scope++) {
    if (keptInScope[scope] === 0) continue;
    const resource = partCell(scopes, scope, PART_OWNER);
    keptInResource[resource] = (keptInResource[resource] as number) + 1;
  }
  return { keptInScope, keptInResource };
}

import { applyEdits, type Edits, NOTHING } from "../apply-edits.ts";
import { type CutPlan, ENTRY_CELLS, ENTRY_END, ENTRY_SCOPE, ENTRY_START } from "../plan-cuts.ts";
import {
  PART_END,
  PART_ENTRY,
  PART_OWNER,
  PART_START,
  type PartRows,
  partCell,
  type SpanRanges,
} from "../span-ranges.ts";
import { varintEnd } from "./read-varint.ts";
import { varintSize } from "./write-varint.ts";

/** The request without the spans that the plan takes out, and without envelopes that are then empty. */
export function cutSpans(ranges: SpanRanges, plan: CutPlan): Uint8Array {
  const { resources, scopes } = ranges;
  const scopeLengths = lengthsOf(scopes);
  for (let entry = 0; entry < plan.count; entry++) {
    if (plan.isKept[entry] === 1) continue;
    const scope = entryCell(plan, entry, ENTRY_SCOPE);
    const size = entryCell(plan, entry, ENTRY_END) - entryCell(plan, entry, ENTRY_START);
    scopeLengths[scope] = (scopeLengths[scope] as number) - size;
  }
  const resourceLengths = lengthsOf(resources);
  for (let scope = 0; scope < scopes.count; scope++) {
    const resource = partCell(scopes, scope, PART_OWNER);
    const before = partCell(scopes, scope, PART_END) - partCell(scopes, scope, PART_ENTRY);
    const after =
      plan.keptInScope[scope] === 0
        ? 0
        : sizeWith(ranges.bytes, scopes, scope, scopeLengths[scope] as number);
    resourceLengths[resource] = (resourceLengths[resource] as number) - before + after;
  }
  return applyEdits(ranges.bytes, listEdits(ranges, plan, scopeLengths, resourceLengths));
}

function listEdits(
  ranges: SpanRanges,
  plan: CutPlan,
  scopeLengths: Uint32Array,
  resourceLengths: Uint32Array,
): Edits {
  const { bytes, resources, scopes } = ranges;
  const edits: Edits = [];
  let entry = 0;
  let scope = 0;
  for (let resource = 0; resource < resources.count; resource++) {
    const isKept = plan.keptInResource[resource] !== 0;
    editPart(bytes, resources, resource, isKept, resourceLengths, edits);
    for (; scope < scopes.count && partCell(scopes, scope, PART_OWNER) === resource; scope++) {
      if (isKept)
        editPart(bytes, scopes, scope, plan.keptInScope[scope] !== 0, scopeLengths, edits);
      entry = cutEntries(plan, entry, scope, edits);
    }
  }
  return edits;
}

/** Drops an envelope, or rewrites its length if that changed. */
function editPart(
  bytes: Uint8Array,
  rows: PartRows,
  row: number,
  isKept: boolean,
  lengths: Uint32Array,
  edits: Edits,
): void {
  const entry = partCell(rows, row, PART_ENTRY);
  const start = partCell(rows, row, PART_START);
  const end = partCell(rows, row, PART_END);
  const length = lengths[row] as number;
  if (!isKept) edits.push(entry, end, NOTHING);
  else if (length !== end - start) edits.push(varintEnd(bytes, entry, start), start, length);
}

/** Takes out what the plan does not keep of one scope; the first entry of the next scope. */
function cutEntries(plan: CutPlan, first: number, scope: number, edits: Edits): number {
  const isDropped = plan.keptInScope[scope] === 0;
  let entry = first;
  while (entry < plan.count && entryCell(plan, entry, ENTRY_SCOPE) === scope) {
    if (!isDropped && plan.isKept[entry] === 0) {
      edits.push(entryCell(plan, entry, ENTRY_START), entryCell(plan, entry, ENTRY_END), NOTHING);
    }
    entry += 1;
  }
  return entry;
}

function lengthsOf(rows: PartRows): Uint32Array {
  const lengths = new Uint32Array(rows.count);
  for (let row = 0; row < rows.count; row++) {
    lengths[row] = partCell(rows, row, PART_END) - partCell(rows, row, PART_START);
  }
  return lengths;
}

/** Bytes of an envelope with its tag and prefix once its content has this length. */
function sizeWith(bytes: Uint8Array, rows: PartRows, row: number, length: number): number {
  const entry = partCell(rows, row, PART_ENTRY);
  const start = partCell(rows, row, PART_START);
  if (length === partCell(rows, row, PART_END) - start) return start - entry + length;
  return varintEnd(bytes, entry, start) - entry + varintSize(length) + length;
}

function entryCell(plan: CutPlan, entry: number, cell: number): number {
  return plan.entries[entry * ENTRY_CELLS + cell] as number;
}

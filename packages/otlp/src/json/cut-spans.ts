import { applyEdits, type Edits, NOTHING } from "../apply-edits.ts";
import { type CutPlan, ENTRY_CELLS, ENTRY_END, ENTRY_SCOPE, ENTRY_START } from "../plan-cuts.ts";
import { PART_END, PART_OWNER, PART_START, partCell, type SpanRanges } from "../span-ranges.ts";

/** What has been seen of one array whose elements are kept or taken out. */
interface ListCut {
  /** End of the element before, if any element so far stays; else -1. */
  keptEnd: number;
  /** Start of the first element, while none stays; else -1. */
  cutStart: number;
}

/** The request without the spans that the plan takes out, and without envelopes that are then empty. */
export function cutSpans(ranges: SpanRanges, plan: CutPlan): Uint8Array {
  const { resources } = ranges;
  const edits: Edits = [];
  const list = openList();
  const place = { scope: 0, entry: 0 };
  for (let resource = 0; resource < resources.count; resource++) {
    const isKept = plan.keptInResource[resource] !== 0;
    const start = partCell(resources, resource, PART_START);
    const end = partCell(resources, resource, PART_END);
    cutElement(list, start, end, isKept, edits);
    cutScopes(ranges, plan, resource, isKept, place, edits);
  }
  return applyEdits(ranges.bytes, edits);
}

function cutScopes(
  ranges: SpanRanges,
  plan: CutPlan,
  resource: number,
  isInside: boolean,
  place: { scope: number; entry: number },
  edits: Edits,
): void {
  const { scopes } = ranges;
  const list = openList();
  while (place.scope < scopes.count && partCell(scopes, place.scope, PART_OWNER) === resource) {
    const isKept = plan.keptInScope[place.scope] !== 0;
    const start = partCell(scopes, place.scope, PART_START);
    const end = partCell(scopes, place.scope, PART_END);
    if (isInside) cutElement(list, start, end, isKept, edits);
    place.entry = cutEntries(plan, place.entry, place.scope, isKept, edits);
    place.scope += 1;
  }
}

function cutEntries(
  plan: CutPlan,
  first: number,
  scope: number,
  isInside: boolean,
  edits: Edits,
): number {
  const list = openList();
  let entry = first;
  while (entry < plan.count && entryCell(plan, entry, ENTRY_SCOPE) === scope) {
    const start = entryCell(plan, entry, ENTRY_START);
    const end = entryCell(plan, entry, ENTRY_END);
    if (isInside) cutElement(list, start, end, plan.isKept[entry] === 1, edits);
    entry += 1;
  }
  return entry;
}

function openList(): ListCut {
  return { keptEnd: -1, cutStart: -1 };
}

/** Takes an element out with the comma before it, or, where none before it stays, the one after it. */
function cutElement(
  list: ListCut,
  start: number,
  end: number,
  isKept: boolean,
  edits: Edits,
): void {
  if (isKept) {
    if (list.cutStart >= 0) edits.push(list.cutStart, start, NOTHING);
    list.cutStart = -1;
    list.keptEnd = end;
  } else if (list.keptEnd >= 0) {
    edits.push(list.keptEnd, end, NOTHING);
    list.keptEnd = end;
  } else if (list.cutStart < 0) {
    list.cutStart = start;
  }
}

function entryCell(plan: CutPlan, entry: number, cell: number): number {
  return plan.entries[entry * ENTRY_CELLS + cell] as number;
}

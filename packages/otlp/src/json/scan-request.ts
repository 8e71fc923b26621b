import { OtlpError } from "../errors.ts";
import { errorOf, MALFORMED, reasonOf } from "../fault.ts";
import { createByteMatcher } from "../match-bytes.ts";
import { openRow, type ScanState } from "../scan-state.ts";
import {
  addPart,
  PART_END,
  PART_SHIFT,
  type PartRows,
  SPAN_END,
  SPAN_ENTRY,
  SPAN_SCOPE,
  SPAN_SHIFT,
  SPAN_START,
} from "../span-ranges.ts";
import { checkText } from "./check-text.ts";
import { checkAttributes, checkString } from "./check-value.ts";
import { placeSpan, scanSpan } from "./scan-span.ts";
import {
  afterValue,
  isArray,
  isNull,
  isObject,
  matchString,
  skipSpace,
  type Visit,
  walkArray,
  walkObject,
} from "./walk-value.ts";

const REQUEST = createByteMatcher(["resourceSpans"]);
const RESOURCE_SPANS = createByteMatcher(["resource", "scopeSpans"]);
const SCOPE_SPANS = createByteMatcher(["scope", "spans"]);
const RESOURCE = createByteMatcher(["attributes"]);
const SCOPE = createByteMatcher(["attributes", "name", "version"]);

/** An envelope being scanned, and what the table held before it. */
interface Level {
  readonly state: ScanState;
  readonly row: number;
  readonly count: number;
  readonly rejected: number;
  readonly resources: number;
  readonly scopes: number;
}

/** Fills the state's table from an ExportTraceServiceRequest in JSON. */
export function scanJsonRequest(state: ScanState): void {
  const { bytes } = state.table.ranges;
  checkText(bytes, 2 * state.limits.depth);
  const pos = skipSpace(bytes, 0);
  if (!isObject(bytes, pos)) throw errorOf(MALFORMED, pos);
  walkObject(bytes, pos, visitRequest, openLevel(state, 0));
}

function openLevel(state: ScanState, row: number): Level {
  const { count, ranges } = state.table;
  const { rejected, resources, scopes } = ranges;
  return {
    state,
    row,
    count,
    rejected: rejected.count,
    resources: resources.count,
    scopes: scopes.count,
  };
}

function visitRequest(bytes: Uint8Array, key: number, value: number, level: Level): number {
  if (matchString(REQUEST, bytes, key) < 0) return afterValue(bytes, value);
  return scanList(bytes, value, visitResourceSpans, level);
}

function visitResourceSpans(bytes: Uint8Array, _: number, pos: number, level: Level): number {
  const { state } = level;
  const { resources } = state.table.ranges;
  if (!isObject(bytes, pos)) throw errorOf(MALFORMED, pos);
  if (resources.count >= state.limits.spans) {
    throw new OtlpError("too_many", pos, "too many resources");
  }
  const row = addPart(resources, pos, pos, pos, 0);
  const end = walkObject(bytes, pos, visitResourceField, openLevel(state, row));
  return closePart(resources, row, end);
}

function visitResourceField(bytes: Uint8Array, key: number, value: number, level: Level): number {
  const field = matchString(RESOURCE_SPANS, bytes, key);
  if (field === 0) return checkPart(bytes, value, visitResource, level);
  if (field === 1) return scanList(bytes, value, visitScopeSpans, level);
  return afterValue(bytes, value);
}

function visitScopeSpans(bytes: Uint8Array, _: number, pos: number, level: Level): number {
  const { state } = level;
  const { scopes } = state.table.ranges;
  if (!isObject(bytes, pos)) throw errorOf(MALFORMED, pos);
  if (scopes.count >= state.limits.spans) throw new OtlpError("too_many", pos, "too many scopes");
  const row = addPart(scopes, pos, pos, pos, level.row);
  const end = walkObject(bytes, pos, visitScopeField, openLevel(state, row));
  return closePart(scopes, row, end);
}

function visitScopeField(bytes: Uint8Array, key: number, value: number, level: Level): number {
  const field = matchString(SCOPE_SPANS, bytes, key);
  if (field === 0) return checkPart(bytes, value, visitScope, level);
  if (field === 1) return scanList(bytes, value, visitSpan, level);
  return afterValue(bytes, value);
}

function visitSpan(bytes: Uint8Array, _: number, pos: number, level: Level): number {
  const { state, row } = level;
  const { table } = state;
  const { rejected } = table.ranges;
  if (table.count + rejected.count >= state.limits.spans) {
    throw new OtlpError("too_many", pos, "too many spans");
  }
  openRow(table);
  const end = placeSpan(bytes, pos, state);
  const fault = scanSpan(state, pos);
  if (fault < 0) {
    table.rejected.push({ reason: reasonOf(fault) });
    addPart(rejected, pos, pos, end, row);
    return end;
  }
  const { cells } = table.ranges;
  const base = table.count << SPAN_SHIFT;
  cells[base + SPAN_ENTRY] = pos;
  cells[base + SPAN_START] = pos;
  cells[base + SPAN_END] = end;
  cells[base + SPAN_SCOPE] = row;
  table.count += 1;
  return end;
}

/** Scans a list member; of a member written twice the last counts, so what the first gave is forgotten. */
function scanList(bytes: Uint8Array, pos: number, visit: Visit<Level>, level: Level): number {
  const { table } = level.state;
  const { rejected, resources, scopes } = table.ranges;
  table.count = level.count;
  table.rejected.length = level.rejected;
  rejected.count = level.rejected;
  resources.count = level.resources;
  scopes.count = level.scopes;
  if (isNull(bytes, pos)) return afterValue(bytes, pos);
  if (!isArray(bytes, pos)) throw errorOf(MALFORMED, pos);
  return walkArray(bytes, pos, visit, level);
}

function checkPart(bytes: Uint8Array, pos: number, visit: Visit<Level>, level: Level): number {
  if (isNull(bytes, pos)) return afterValue(bytes, pos);
  if (!isObject(bytes, pos)) throw errorOf(MALFORMED, pos);
  return walkObject(bytes, pos, visit, level);
}

function visitResource(bytes: Uint8Array, key: number, value: number, level: Level): number {
  if (matchString(RESOURCE, bytes, key) < 0) return afterValue(bytes, value);
  return sound(checkAttributes(bytes, value, level.state.limits), value);
}

function visitScope(bytes: Uint8Array, key: number, value: number, level: Level): number {
  const field = matchString(SCOPE, bytes, key);
  if (field < 0) return afterValue(bytes, value);
  if (field === 0) return sound(checkAttributes(bytes, value, level.state.limits), value);
  return sound(checkString(bytes, value, level.state.limits), value);
}

function sound(end: number, pos: number): number {
  if (end < 0) throw errorOf(end, pos);
  return end;
}

function closePart(rows: PartRows, row: number, end: number): number {
  rows.cells[(row << PART_SHIFT) + PART_END] = end;
  return end;
}

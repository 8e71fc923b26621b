import { OtlpError } from "../errors.ts";
import { errorOf, reasonOf } from "../fault.ts";
import type { Limits } from "../limits.ts";
import { openRow, type ScanState } from "../scan-state.ts";
import {
  addPart,
  SPAN_END,
  SPAN_ENTRY,
  SPAN_SCOPE,
  SPAN_SHIFT,
  SPAN_START,
} from "../span-ranges.ts";
import { checkMessage, RESOURCE, SCOPE } from "./check-message.ts";
import { BYTES, type FieldCursor, fieldsOf, readField } from "./read-field.ts";
import { scanSpan } from "./scan-span.ts";

/** Fills the state's table from an ExportTraceServiceRequest. */
export function scanRequest(state: ScanState): void {
  const { bytes } = state.table.ranges;
  const request = fieldsOf(bytes, 0, bytes.length);
  while (readField(request)) {
    if (request.number === 1 && request.wire === BYTES) scanResourceSpans(state, request);
  }
  refuseFault(request);
}

function scanResourceSpans(state: ScanState, entry: FieldCursor): void {
  const { bytes, resources } = state.table.ranges;
  if (resources.count >= state.limits.spans) {
    throw new OtlpError("too_many", entry.entry, "too many resources");
  }
  const row = addPart(resources, entry.entry, entry.from, entry.to, 0);
  const field = fieldsOf(bytes, entry.from, entry.to);
  while (readField(field)) {
    if (field.wire !== BYTES) continue;
    if (field.number === 1) refuseBroken(field, RESOURCE, state.limits);
    else if (field.number === 2) scanScopeSpans(state, field, row);
  }
  refuseFault(field);
}

function scanScopeSpans(state: ScanState, entry: FieldCursor, resource: number): void {
  const { bytes, scopes } = state.table.ranges;
  if (scopes.count >= state.limits.spans) {
    throw new OtlpError("too_many", entry.entry, "too many scopes");
  }
  const row = addPart(scopes, entry.entry, entry.from, entry.to, resource);
  const field = fieldsOf(bytes, entry.from, entry.to);
  while (readField(field)) {
    if (field.wire !== BYTES) continue;
    if (field.number === 2) addSpan(state, field, row);
    else if (field.number === 1) refuseBroken(field, SCOPE, state.limits);
  }
  refuseFault(field);
}

function addSpan(state: ScanState, field: FieldCursor, scope: number): void {
  const { table } = state;
  const { rejected } = table.ranges;
  if (table.count + rejected.count >= state.limits.spans) {
    throw new OtlpError("too_many", field.entry, "too many spans");
  }
  openRow(table);
  const { cells } = table.ranges;
  const fault = scanSpan(state, field.from, field.to);
  if (fault < 0) {
    table.rejected.push({ reason: reasonOf(fault) });
    addPart(rejected, field.entry, field.from, field.to, scope);
    return;
  }
  const base = table.count << SPAN_SHIFT;
  cells[base + SPAN_ENTRY] = field.entry;
  cells[base + SPAN_START] = field.from;
  cells[base + SPAN_END] = field.to;
  cells[base + SPAN_SCOPE] = scope;
  table.count += 1;
}

function refuseBroken(field: FieldCursor, kind: number, limits: Limits): void {
  const fault = checkMessage(field.bytes, field.from, field.to, kind, limits, 1);
  if (fault < 0) throw errorOf(fault, field.entry);
}

function refuseFault(cursor: FieldCursor): void {
  if (cursor.fault < 0) throw errorOf(cursor.fault, cursor.entry);
}

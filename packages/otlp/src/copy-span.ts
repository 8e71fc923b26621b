import type { Envelope, HeldSpan } from "./held-span.ts";
import { internEnvelope, internPart } from "./intern-envelope.ts";
import { copyResource, copyScope } from "./json/read-envelope.ts";
import {
  PART_END,
  PART_OWNER,
  PART_START,
  type PartRows,
  partCell,
  SPAN_END,
  SPAN_SCOPE,
  SPAN_SHIFT,
  SPAN_START,
} from "./span-ranges.ts";
import type { SpanTable } from "./span-table.ts";
import { copyOf } from "./text.ts";
import { copyEnvelope } from "./wire/read-envelope.ts";

/** Span `i` in memory of its own; spans of equal resources and scopes share their envelope. */
export function copySpan(table: SpanTable, i: number): HeldSpan {
  if (!(i >= 0 && i < table.count)) throw new RangeError(`no span ${i} in the table`);
  const { bytes, cells, envelopes } = table.ranges;
  const base = i << SPAN_SHIFT;
  const scope = cells[base + SPAN_SCOPE] as number;
  envelopes[scope] ??= envelopeOf(table, scope);
  const copy = copyOf(bytes, cells[base + SPAN_START] as number, cells[base + SPAN_END] as number);
  return { encoding: table.encoding, bytes: copy, envelope: envelopes[scope] };
}

function envelopeOf(table: SpanTable, scope: number): Envelope {
  const { scopes, store } = table.ranges;
  const resourceBytes = resourceBytesOf(table, partCell(scopes, scope, PART_OWNER));
  const copy = table.encoding === "json" ? copyScope : copyEnvelope;
  const scopeBytes = internPart(store, copyPart(table, scopes, scope, copy));
  return internEnvelope(store, table.encoding, resourceBytes, scopeBytes);
}

function resourceBytesOf(table: SpanTable, resource: number): Uint8Array {
  const { resources, resourceBytes, store } = table.ranges;
  const copy = table.encoding === "json" ? copyResource : copyEnvelope;
  resourceBytes[resource] ??= internPart(store, copyPart(table, resources, resource, copy));
  return resourceBytes[resource];
}

function copyPart(
  table: SpanTable,
  rows: PartRows,
  row: number,
  copy: (bytes: Uint8Array, start: number, end: number) => Uint8Array,
): Uint8Array {
  const start = partCell(rows, row, PART_START);
  return copy(table.ranges.bytes, start, partCell(rows, row, PART_END));
}

import type { Attributes, AttributeValue } from "./attribute-value.ts";
import {
  readResource as readJsonResource,
  readScopeName as readJsonScopeName,
} from "./json/read-envelope.ts";
import { int32At as jsonInt32At, uint64At as jsonUint64At } from "./json/read-number.ts";
import { readAttributes as readJsonAttributes } from "./json/read-value.ts";
import { stringAt } from "./json/walk-value.ts";
import {
  ATTRIBUTES,
  END_TIME,
  FLAGS,
  KIND,
  NAME,
  NAME_END,
  PARENT_ID,
  PART_END,
  PART_OWNER,
  PART_START,
  partCell,
  SPAN_END,
  SPAN_ID,
  SPAN_SCOPE,
  SPAN_SHIFT,
  SPAN_START,
  START_TIME,
  TRACE_ID,
  TRACE_STATE,
  TRACE_STATE_END,
} from "./span-ranges.ts";
import type { SpanTable } from "./span-table.ts";
import { hexAt, textAt } from "./text.ts";
import { readResource, readScopeName } from "./wire/read-envelope.ts";
import { readAttributes, readLastAttribute, uint64At } from "./wire/read-value.ts";
import { int32At } from "./wire/read-varint.ts";

/** Trace id of span `i`, 32 hex digits in lower case. */
export function traceIdOf(table: SpanTable, i: number): string {
  return idAt(table, cellOf(table, i, TRACE_ID), 16);
}

/** Id of span `i`, 16 hex digits in lower case. */
export function spanIdOf(table: SpanTable, i: number): string {
  return idAt(table, cellOf(table, i, SPAN_ID), 8);
}

/** Id of the parent of span `i`, 16 hex digits in lower case; empty at a root, also one written as zeros. */
export function parentSpanIdOf(table: SpanTable, i: number): string {
  const pos = cellOf(table, i, PARENT_ID);
  const id = pos === 0 ? "" : idAt(table, pos, 8);
  return id === "0000000000000000" ? "" : id;
}

/** Name of span `i`. */
export function nameOf(table: SpanTable, i: number): string {
  return stringOf(table, i, NAME, NAME_END);
}

/** OTLP kind of span `i`; 0 where unspecified. */
export function kindOf(table: SpanTable, i: number): number {
  const pos = cellOf(table, i, KIND);
  if (pos === 0) return 0;
  const { bytes } = table.ranges;
  return table.encoding === "json" ? (jsonInt32At(bytes, pos) ?? 0) : int32At(bytes, pos);
}

/** Start of span `i` in nanoseconds since 1970; 0 where absent. */
export function startUnixNanoOf(table: SpanTable, i: number): bigint {
  return timeOf(table, cellOf(table, i, START_TIME));
}

/** End of span `i` in nanoseconds since 1970; 0 where absent. */
export function endUnixNanoOf(table: SpanTable, i: number): bigint {
  return timeOf(table, cellOf(table, i, END_TIME));
}

/** Attributes of span `i`. */
export function attributesOf(table: SpanTable, i: number): Attributes {
  const { bytes } = table.ranges;
  if (table.encoding === "json") return readJsonAttributes(bytes, cellOf(table, i, ATTRIBUTES));
  return readAttributes(spanBytes(table, i), SPAN_ATTRIBUTE);
}

/** One attribute of span `i`; undefined where it is not there. */
export function attributeOf(table: SpanTable, i: number, key: string): AttributeValue | undefined {
  if (table.encoding === "json") return attributesOf(table, i).get(key);
  return readLastAttribute(spanBytes(table, i), SPAN_ATTRIBUTE, key);
}

/** Attributes of the resource of span `i`; read once a resource. */
export function resourceAttributesOf(table: SpanTable, i: number): Attributes {
  const { resources, scopes, bytes, resourceAttributes } = table.ranges;
  const row = partCell(scopes, cellOf(table, i, SPAN_SCOPE), PART_OWNER);
  const known = resourceAttributes[row];
  if (known !== undefined) return known;
  const start = partCell(resources, row, PART_START);
  const read =
    table.encoding === "json"
      ? readJsonResource(bytes, start)
      : readResource(bytes.subarray(start, partCell(resources, row, PART_END)));
  resourceAttributes[row] = read;
  return read;
}

/** Name of the instrumentation scope of span `i`, empty where it has none; read once a scope. */
export function scopeNameOf(table: SpanTable, i: number): string {
  const { scopes, bytes, scopeNames } = table.ranges;
  const row = cellOf(table, i, SPAN_SCOPE);
  const known = scopeNames[row];
  if (known !== undefined) return known;
  const start = partCell(scopes, row, PART_START);
  const read =
    table.encoding === "json"
      ? readJsonScopeName(bytes, start)
      : readScopeName(bytes.subarray(start, partCell(scopes, row, PART_END)));
  scopeNames[row] = read;
  return read;
}

/** W3C trace state of span `i`, empty where it has none. */
export function traceStateOf(table: SpanTable, i: number): string {
  return stringOf(table, i, TRACE_STATE, TRACE_STATE_END);
}

/** Flags of span `i`, 32 bits unsigned; 0 where absent. */
export function flagsOf(table: SpanTable, i: number): number {
  const pos = cellOf(table, i, FLAGS);
  if (pos === 0) return 0;
  const { bytes } = table.ranges;
  if (table.encoding === "json") return (jsonInt32At(bytes, pos) ?? 0) >>> 0;
  return new DataView(bytes.buffer, bytes.byteOffset + pos, 4).getUint32(0, true);
}

const SPAN_ATTRIBUTE = 9;

function cellOf(table: SpanTable, i: number, cell: number): number {
  if (!(i >= 0 && i < table.count)) throw new RangeError(`no span ${i} in the table`);
  return table.ranges.cells[(i << SPAN_SHIFT) + cell] as number;
}

function spanBytes(table: SpanTable, i: number): Uint8Array {
  return table.ranges.bytes.subarray(cellOf(table, i, SPAN_START), cellOf(table, i, SPAN_END));
}

function idAt(table: SpanTable, pos: number, length: number): string {
  const { bytes } = table.ranges;
  if (table.encoding === "json") return stringAt(bytes, pos).toLowerCase();
  return hexAt(bytes, pos, pos + length);
}

function stringOf(table: SpanTable, i: number, start: number, end: number): string {
  const pos = cellOf(table, i, start);
  const { bytes } = table.ranges;
  if (pos === 0) return "";
  return table.encoding === "json"
    ? stringAt(bytes, pos)
    : textAt(bytes, pos, cellOf(table, i, end));
}

function timeOf(table: SpanTable, pos: number): bigint {
  const { bytes } = table.ranges;
  if (pos === 0) return 0n;
  return table.encoding === "json" ? (jsonUint64At(bytes, pos) ?? 0n) : uint64At(bytes, pos);
}

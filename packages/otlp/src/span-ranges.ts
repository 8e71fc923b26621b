import type { Attributes } from "./attribute-value.ts";
import type { Envelope } from "./held-span.ts";
import type { EnvelopeStore } from "./intern-envelope.ts";

// Cells of a span: 16, so that a row is one cache line. All are positions in the body, 0 where absent;
// the END of a text in protobuf is where it stops, in JSON unused (a string ends itself).
export const SPAN_SHIFT = 4;
export const SPAN_ENTRY = 0;
export const SPAN_START = 1;
export const SPAN_END = 2;
/** Row of the span's scope, not a position. */
export const SPAN_SCOPE = 3;
export const TRACE_ID = 4;
export const SPAN_ID = 5;
export const PARENT_ID = 6;
export const NAME = 7;
export const NAME_END = 8;
export const START_TIME = 9;
export const END_TIME = 10;
export const KIND = 11;
export const TRACE_STATE = 12;
export const TRACE_STATE_END = 13;
export const FLAGS = 14;
/** JSON only: the array of attributes. */
export const ATTRIBUTES = 15;

// Cells of an envelope; OWNER is the resource of a scope and the scope of a rejected span.
export const PART_SHIFT = 2;
export const PART_ENTRY = 0;
export const PART_START = 1;
export const PART_END = 2;
export const PART_OWNER = 3;

/** Rows of four cells about resources, scopes or rejected spans, in the order of the body. */
export interface PartRows {
  cells: Uint32Array;
  count: number;
}

/** Where the parts of a scanned request lie. */
export interface SpanRanges {
  /** The body as a plain Uint8Array: a Buffer would make every loop over bytes polymorphic. */
  bytes: Uint8Array;
  cells: Uint32Array;
  readonly resources: PartRows;
  readonly scopes: PartRows;
  readonly rejected: PartRows;
  /** What was read from an envelope once, by row. */
  readonly resourceBytes: Uint8Array[];
  readonly resourceAttributes: Attributes[];
  readonly scopeNames: string[];
  readonly envelopes: Envelope[];
  readonly store: EnvelopeStore;
}

/** Ranges of no request yet. */
export function createSpanRanges(store: EnvelopeStore): SpanRanges {
  const rows = (): PartRows => ({ cells: new Uint32Array(64 << PART_SHIFT), count: 0 });
  return {
    bytes: new Uint8Array(0),
    cells: new Uint32Array(0),
    resources: rows(),
    scopes: rows(),
    rejected: rows(),
    resourceBytes: [],
    resourceAttributes: [],
    scopeNames: [],
    envelopes: [],
    store,
  };
}

/** Forgets the last request. */
export function clearSpanRanges(ranges: SpanRanges, bytes: Uint8Array): void {
  ranges.bytes = bytes;
  ranges.resources.count = 0;
  ranges.scopes.count = 0;
  ranges.rejected.count = 0;
  ranges.resourceBytes.length = 0;
  ranges.resourceAttributes.length = 0;
  ranges.scopeNames.length = 0;
  ranges.envelopes.length = 0;
}

/** Adds a row and gives its number. */
export function addPart(
  rows: PartRows,
  entry: number,
  start: number,
  end: number,
  owner: number,
): number {
  const row = rows.count++;
  const base = row << PART_SHIFT;
  if (base >= rows.cells.length) {
    const grown = new Uint32Array(rows.cells.length * 2);
    grown.set(rows.cells);
    rows.cells = grown;
  }
  rows.cells[base + PART_ENTRY] = entry;
  rows.cells[base + PART_START] = start;
  rows.cells[base + PART_END] = end;
  rows.cells[base + PART_OWNER] = owner;
  return row;
}

/** A cell of one row. */
export function partCell(rows: PartRows, row: number, cell: number): number {
  return rows.cells[(row << PART_SHIFT) + cell] as number;
}

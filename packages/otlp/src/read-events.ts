import type { Attributes } from "./attribute-value.ts";
import { readEvents as readJsonEvents } from "./json/read-events.ts";
import { SPAN_END, SPAN_SHIFT, SPAN_START } from "./span-ranges.ts";
import type { SpanTable } from "./span-table.ts";
import { readEvents } from "./wire/read-events.ts";

/** An event of a span. */
export interface SpanEvent {
  readonly name: string;
  readonly attributes: Attributes;
}

/** Events of span `i`, in their order; read anew at each call. */
export function eventsOf(table: SpanTable, i: number): readonly SpanEvent[] {
  if (!(i >= 0 && i < table.count)) throw new RangeError(`no span ${i} in the table`);
  const { bytes, cells } = table.ranges;
  const start = cells[(i << SPAN_SHIFT) + SPAN_START] as number;
  if (table.encoding === "json") return readJsonEvents(bytes, start);
  return readEvents(bytes.subarray(start, cells[(i << SPAN_SHIFT) + SPAN_END] as number));
}

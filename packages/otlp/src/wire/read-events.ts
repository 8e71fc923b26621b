import type { SpanEvent } from "../read-events.ts";
import { textAt } from "../text.ts";
import { BYTES, fieldsOf, readField } from "./read-field.ts";
import { readAttributes } from "./read-value.ts";

const SPAN_EVENT = 11;
const EVENT_NAME = 2;
const EVENT_ATTRIBUTE = 3;

/** The events of a span in protobuf. */
export function readEvents(span: Uint8Array): SpanEvent[] {
  const events: SpanEvent[] = [];
  const field = fieldsOf(span, 0, span.length);
  while (readField(field)) {
    if (field.number !== SPAN_EVENT || field.wire !== BYTES) continue;
    const event = span.subarray(field.from, field.to);
    events.push({ name: nameIn(event), attributes: readAttributes(event, EVENT_ATTRIBUTE) });
  }
  return events;
}

function nameIn(event: Uint8Array): string {
  const field = fieldsOf(event, 0, event.length);
  let name = "";
  while (readField(field)) {
    if (field.number === EVENT_NAME && field.wire === BYTES) {
      name = textAt(event, field.from, field.to);
    }
  }
  return name;
}

import type { AttributeValue } from "../attribute-value.ts";
import { type ByteMatcher, createByteMatcher } from "../match-bytes.ts";
import type { SpanEvent } from "../read-events.ts";
import { readAttributes } from "./read-value.ts";
import {
  afterValue,
  isArray,
  isObject,
  isString,
  matchString,
  stringAt,
  walkArray,
  walkObject,
} from "./walk-value.ts";

const SPAN: ByteMatcher = createByteMatcher(["events"]);
const EVENT: ByteMatcher = createByteMatcher(["name", "attributes"]);
const NAME = 0;
const ATTRIBUTES = 1;

interface EventDraft {
  name: string;
  attributes: ReadonlyMap<string, AttributeValue>;
}

/** The events of the span whose object begins at `pos`. */
export function readEvents(bytes: Uint8Array, pos: number): SpanEvent[] {
  const events: SpanEvent[] = [];
  if (isObject(bytes, pos)) walkObject(bytes, pos, visitSpan, events);
  return events;
}

function visitSpan(bytes: Uint8Array, key: number, pos: number, events: SpanEvent[]): number {
  if (matchString(SPAN, bytes, key) < 0 || !isArray(bytes, pos)) return afterValue(bytes, pos);
  return walkArray(bytes, pos, visitEvent, events);
}

function visitEvent(bytes: Uint8Array, _: number, pos: number, events: SpanEvent[]): number {
  if (!isObject(bytes, pos)) return afterValue(bytes, pos);
  const draft: EventDraft = { name: "", attributes: new Map() };
  const end = walkObject(bytes, pos, visitMember, draft);
  events.push(draft);
  return end;
}

function visitMember(bytes: Uint8Array, key: number, pos: number, draft: EventDraft): number {
  const member = matchString(EVENT, bytes, key);
  if (member === NAME && isString(bytes, pos)) draft.name = stringAt(bytes, pos);
  if (member === ATTRIBUTES) draft.attributes = readAttributes(bytes, pos);
  return afterValue(bytes, pos);
}

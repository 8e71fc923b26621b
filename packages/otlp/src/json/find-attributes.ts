import { type Edits, NOTHING } from "../apply-edits.ts";
import { errorOf, MALFORMED } from "../fault.ts";
import { type ByteMatcher, createByteMatcher } from "../match-bytes.ts";
import { checkText } from "./check-text.ts";
import { findKey } from "./read-value.ts";
import {
  afterValue,
  isArray,
  isObject,
  matchString,
  skipSpace,
  walkArray,
  walkObject,
} from "./walk-value.ts";

/** Members to look into, from a request down to the items that have attributes. */
const INSIDE: Readonly<Record<"traces" | "logs", ByteMatcher>> = {
  traces: createByteMatcher([
    "attributes",
    "resourceSpans",
    "resource",
    "scopeSpans",
    "scope",
    "spans",
    "events",
    "links",
  ]),
  logs: createByteMatcher([
    "attributes",
    "resourceLogs",
    "resource",
    "scopeLogs",
    "scope",
    "logRecords",
  ]),
};
const ATTRIBUTES = 0;

/** The edits that take attributes of these names out of a request in JSON. Throws `OtlpError` for broken text. */
export function findJsonAttributes(
  bytes: Uint8Array,
  signal: "traces" | "logs",
  names: ByteMatcher,
  maxDepth: number,
): Edits {
  checkText(bytes, maxDepth);
  const start = skipSpace(bytes, 0);
  if (!isObject(bytes, start)) throw errorOf(MALFORMED, start);
  const search: Search = { inside: INSIDE[signal], names, edits: [] };
  walkObject(bytes, start, visitMember, search);
  return search.edits;
}

interface Search {
  readonly inside: ByteMatcher;
  readonly names: ByteMatcher;
  readonly edits: Edits;
}

/** One array of attributes whose elements stay or go. */
interface List extends Search {
  /** End of the element before, if any element so far stays; else -1. */
  keptEnd: number;
  /** Start of the first element, while none stays; else -1. */
  cutStart: number;
  lastEnd: number;
}

function visitMember(bytes: Uint8Array, key: number, value: number, search: Search): number {
  const found = matchString(search.inside, bytes, key);
  if (found === ATTRIBUTES && isArray(bytes, value)) return cutFrom(bytes, value, search);
  if (found > ATTRIBUTES) visitValue(bytes, value, value, search);
  return afterValue(bytes, value);
}

function visitValue(bytes: Uint8Array, _: number, value: number, search: Search): number {
  if (isObject(bytes, value)) return walkObject(bytes, value, visitMember, search);
  if (isArray(bytes, value)) return walkArray(bytes, value, visitValue, search);
  return afterValue(bytes, value);
}

function cutFrom(bytes: Uint8Array, pos: number, search: Search): number {
  const list: List = { ...search, keptEnd: -1, cutStart: -1, lastEnd: -1 };
  const end = walkArray(bytes, pos, visitAttribute, list);
  if (list.cutStart >= 0) search.edits.push(list.cutStart, list.lastEnd, NOTHING);
  return end;
}

/** Takes an element out with the comma before it, or, where none before it stays, the one after it. */
function visitAttribute(bytes: Uint8Array, _: number, pos: number, list: List): number {
  const end = afterValue(bytes, pos);
  if (!isNamed(bytes, pos, list.names)) {
    if (list.cutStart >= 0) list.edits.push(list.cutStart, pos, NOTHING);
    list.cutStart = -1;
    list.keptEnd = end;
  } else if (list.keptEnd >= 0) {
    list.edits.push(list.keptEnd, end, NOTHING);
    list.keptEnd = end;
  } else if (list.cutStart < 0) list.cutStart = pos;
  list.lastEnd = end;
  return end;
}

function isNamed(bytes: Uint8Array, pos: number, names: ByteMatcher): boolean {
  const key = findKey(bytes, pos);
  return key >= 0 && matchString(names, bytes, key) >= 0;
}

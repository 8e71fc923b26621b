import { type Edits, NOTHING } from "../apply-edits.ts";
import { errorOf } from "../fault.ts";
import { type ByteMatcher, matchBytes } from "../match-bytes.ts";
import { findKey, plainValueStart } from "./find-key.ts";
import { BYTES, fieldsOf, readField } from "./read-field.ts";
import { varintEnd } from "./read-varint.ts";
import { varintSize } from "./write-varint.ts";

/** A message: which of its fields are attributes, and which are messages that have some inside. */
interface Shape {
  readonly attributes?: number;
  readonly inside?: Readonly<Record<number, Shape>>;
}

const RESOURCE: Shape = { attributes: 1 };
const SCOPE: Shape = { attributes: 3 };
const SPAN: Shape = { attributes: 9, inside: { 11: { attributes: 3 }, 13: { attributes: 4 } } };
const RECORD: Shape = { attributes: 6 };

const requestOf = (item: Shape): Shape => ({
  inside: { 1: { inside: { 1: RESOURCE, 2: { inside: { 1: SCOPE, 2: item } } } } },
});
const shapes: Readonly<Record<"traces" | "logs", Shape>> = {
  traces: requestOf(SPAN),
  logs: requestOf(RECORD),
};

/** The edits that take attributes of these names out of a request. Throws `OtlpError` for broken bytes. */
export function findAttributes(
  bytes: Uint8Array,
  signal: "traces" | "logs",
  names: ByteMatcher,
): Edits {
  const edits: Edits = [];
  walk({ bytes, names, edits }, 0, bytes.length, shapes[signal]);
  return edits;
}

interface Search {
  readonly bytes: Uint8Array;
  readonly names: ByteMatcher;
  readonly edits: Edits;
}

/** By how many bytes the message in `[start, end)` shrinks, lengths inside it included. */
function walk(search: Search, start: number, end: number, shape: Shape): number {
  const { bytes, names, edits } = search;
  const field = fieldsOf(bytes, start, end);
  let shrunk = 0;
  while (readField(field)) {
    if (field.wire !== BYTES) continue;
    if (field.number === shape.attributes) {
      if (!isNamed(bytes, field.from, field.to, names)) continue;
      edits.push(field.entry, field.pos, NOTHING);
      shrunk += field.pos - field.entry;
      continue;
    }
    const inner = shape.inside?.[field.number];
    if (inner === undefined) continue;
    const { entry, from, to } = field;
    // The length comes before what is inside it, and is known after.
    const at = edits.push(0, from, 0) - 3;
    const less = walk(search, from, to, inner);
    if (less === 0) {
      edits.length = at;
      continue;
    }
    const afterTag = varintEnd(bytes, entry, from);
    const length = to - from - less;
    edits[at] = afterTag;
    edits[at + 2] = length;
    shrunk += less + (from - afterTag) - varintSize(length);
  }
  if (field.fault < 0) throw errorOf(field.fault, field.entry);
  return shrunk;
}

function isNamed(bytes: Uint8Array, start: number, end: number, names: ByteMatcher): boolean {
  const value = plainValueStart(bytes, start, end);
  if (value > 0) return matchBytes(names, bytes, start + 2, value - 2) >= 0;
  const { from, to } = findKey(bytes, start, end);
  return matchBytes(names, bytes, from, to) >= 0;
}

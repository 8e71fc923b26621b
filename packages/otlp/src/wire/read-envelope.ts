import type { Attributes } from "../attribute-value.ts";
import { textAt } from "../text.ts";
import { BYTES, fieldsOf, readField } from "./read-field.ts";
import { merged, readAttributes } from "./read-value.ts";

/** All fields of the envelope in `[start, end)` but its list, field 2, in one new run of bytes. */
export function copyEnvelope(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const runs: Uint8Array[] = [];
  const field = fieldsOf(bytes, start, end);
  let from = start;
  while (readField(field)) {
    if (field.number !== 2 || field.wire !== BYTES) continue;
    if (field.entry > from) runs.push(bytes.subarray(from, field.entry));
    from = field.pos;
  }
  if (end > from) runs.push(bytes.subarray(from, end));
  const copy = new Uint8Array(runs.reduce((sum, run) => sum + run.length, 0));
  let pos = 0;
  for (const run of runs) {
    copy.set(run, pos);
    pos += run.length;
  }
  return copy;
}

/** Attributes of the resource in an envelope that `copyEnvelope` made, or in a whole one. */
export function readResource(envelope: Uint8Array): Attributes {
  return readAttributes(firstMessage(envelope), 1);
}

/** Name of the scope in an envelope, empty where it has none. */
export function readScopeName(envelope: Uint8Array): string {
  const scope = firstMessage(envelope);
  const field = fieldsOf(scope, 0, scope.length);
  let name = "";
  while (readField(field)) {
    if (field.number === 1 && field.wire === BYTES) name = textAt(scope, field.from, field.to);
  }
  return name;
}

function firstMessage(envelope: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  const field = fieldsOf(envelope, 0, envelope.length);
  while (readField(field)) {
    if (field.number === 1 && field.wire === BYTES) {
      parts.push(envelope.subarray(field.from, field.to));
    }
  }
  return merged(parts);
}

import { applyEdits, type Edits } from "./apply-edits.ts";
import { findJsonAttributes } from "./json/find-attributes.ts";
import { defaultLimits } from "./limits.ts";
import { createByteMatcher } from "./match-bytes.ts";
import type { Signal } from "./response.ts";
import type { Encoding } from "./span-table.ts";
import { findAttributes } from "./wire/find-attributes.ts";

/**
 * Takes attributes off a request: of resources, scopes, spans with their events and links, and log records. The body
 * itself where there is nothing to take off, all else bit for bit. Metrics stay as they are: two points that an attribute
 * tells apart would become one. Throws `OtlpError` for broken bytes around an attribute.
 */
export type Redact = (signal: Signal, encoding: Encoding, body: Uint8Array) => Uint8Array;

/** Creates the cut of attributes with these keys; a body that holds none of them is not walked. */
export function createRedactor(keys: readonly string[]): Redact {
  const names = createByteMatcher(keys);
  const texts = keys.map((key) => Buffer.from(key));
  return (signal, encoding, body) => {
    if (signal === "metrics" || !mayHold(texts, encoding, body)) return body;
    const bytes = new Uint8Array(body.buffer, body.byteOffset, body.length);
    const edits: Edits =
      encoding === "json"
        ? findJsonAttributes(bytes, signal, names, 2 * defaultLimits.depth)
        : findAttributes(bytes, signal, names);
    return edits.length === 0 ? body : applyEdits(bytes, edits);
  };
}

/** JSON may write any letter of a key as an escape. */
function mayHold(texts: readonly Buffer[], encoding: Encoding, body: Uint8Array): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  if (encoding === "json" && bytes.includes("\\u")) return true;
  return texts.some((text) => bytes.includes(text));
}

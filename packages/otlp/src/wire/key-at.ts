import { textAt } from "../text.ts";
import { isTextAt } from "./find-key.ts";

/** Keys are few and come with every span: each is made a text once. */
const SLOTS = 2048;
const LONGEST = 64;
const known: ({ readonly bytes: Uint8Array; readonly text: string } | undefined)[] = new Array(
  SLOTS,
);

/** The key in `[start, end)`; the same string each time where it came lately. */
export function keyAt(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > LONGEST) return textAt(bytes, start, end);
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
  const slot = (hash ^ (hash >>> 11)) & (SLOTS - 1);
  const candidate = known[slot];
  if (candidate !== undefined && isTextAt(bytes, start, end, candidate.bytes)) {
    return candidate.text;
  }
  const text = textAt(bytes, start, end);
  known[slot] = { bytes: Uint8Array.from(bytes.subarray(start, end)), text };
  return text;
}

import { BYTES, fieldsOf, readField } from "./read-field.ts";

/**
 * Start of the AnyValue where the KeyValue in `[start, end)` is as nearly all are, a key and then a value,
 * both shorter than 128 bytes, and nothing else: its key then is `[start + 2, value - 2)`. Else 0.
 */
export function plainValueStart(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 4 || bytes[start] !== 0x0a) return 0;
  const keyLength = bytes[start + 1] as number;
  const value = start + keyLength + 4;
  if (keyLength > 127 || value > end || bytes[value - 2] !== 0x12) return 0;
  const valueLength = bytes[value - 1] as number;
  return valueLength < 128 && value + valueLength === end ? value : 0;
}

/** Where the key of any KeyValue in `[start, end)` is: its last one, or an empty place. */
export function findKey(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly from: number; readonly to: number } {
  const field = fieldsOf(bytes, start, end);
  let from = start;
  let to = start;
  while (readField(field)) {
    if (field.number !== 1 || field.wire !== BYTES) continue;
    from = field.from;
    to = field.to;
  }
  return { from, to };
}

/** Whether the bytes in `[start, end)` are `wanted`. */
export function isTextAt(
  bytes: Uint8Array,
  start: number,
  end: number,
  wanted: Uint8Array,
): boolean {
  if (end - start !== wanted.length) return false;
  for (let at = 0; at < wanted.length; at++) {
    if (bytes[start + at] !== wanted[at]) return false;
  }
  return true;
}

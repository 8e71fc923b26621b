/** The UTF-8 text in `[start, end)`; bytes that are not UTF-8 come out as U+FFFD. */
export function textAt(bytes: Uint8Array, start: number, end: number): string {
  if (end <= start) return "";
  // A view costs more than the text.
  if (Buffer.isBuffer(bytes)) return bytes.toString("utf8", start, end);
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
}

/** Lower-case hex of the bytes in `[start, end)`. */
export function hexAt(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("hex");
}

/** A copy of the bytes in `[start, end)` in memory of its own, also where `bytes` is a Buffer. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(Math.max(0, end - start));
  copy.set(bytes.subarray(start, end));
  return copy;
}

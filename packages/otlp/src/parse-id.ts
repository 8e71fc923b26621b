/** The bytes of a trace or span id in hex; throws `RangeError` unless it has just so many, not all zero. */
export function parseId(id: string, length: number): Uint8Array {
  const bytes = Buffer.from(id, "hex");
  if (id.length !== 2 * length || bytes.length !== length || bytes.every((byte) => byte === 0)) {
    throw new RangeError(`"${id}" is no id of ${length} bytes`);
  }
  return bytes;
}

/** Bytes that a varint of `value`, below 2^53, takes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Writes a varint of `value`, below 2^31, at `pos`; the position after it. */
export function putVarint(bytes: Uint8Array, pos: number, value: number): number {
  let at = pos;
  let rest = value;
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

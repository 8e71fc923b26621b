/** Position after the varint at `pos`, or -1 where `end` or the tenth byte comes first. */
export function varintEnd(bytes: Uint8Array, pos: number, end: number): number {
  const stop = Math.min(pos + 10, end);
  for (let at = pos; at < stop; at++) {
    if ((bytes[at] as number) < 128) return at + 1;
  }
  return -1;
}

/** Value of a varint known to be whole; exact below 2^53, else near enough to be refused as a length. */
export function varintAt(bytes: Uint8Array, pos: number): number {
  let value = 0;
  let scale = 1;
  for (let at = pos; ; at++) {
    const byte = bytes[at] as number;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
}

/** Value of a varint known to be whole as a signed 64-bit integer, as OTLP's int64 fields mean it. */
export function int64At(bytes: Uint8Array, pos: number, end: number): bigint {
  if (end - pos < 8) return BigInt(varintAt(bytes, pos));
  let value = 0n;
  for (let at = pos; at < end; at++) {
    value |= BigInt((bytes[at] as number) & 127) << BigInt(7 * (at - pos));
  }
  return BigInt.asIntN(64, value);
}

/** Low 32 bits, signed, of a varint known to be whole: the value of an int32 or enum field. */
export function int32At(bytes: Uint8Array, pos: number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[pos + shift / 7] as number;
    value |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  return value;
}

/** A record that this version cannot read: broken, or written by another version. */
export class RecordError extends Error {
  override readonly name = "RecordError";
}

/** Reads what a `ByteWriter` wrote, in the same order; throws `RecordError` past the end. */
export interface ByteReader {
  byte(): number;
  count(): number;
  double(): number;
  unixNano(): bigint;
  text(): string;
  id(): string;
  /** Whether everything was read. */
  isAtEnd(): boolean;
}

/** A reader after the version; throws `RecordError` where that is another one. */
export function createByteReader(record: Uint8Array, version: number): ByteReader {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
  let at = 0;

  function take(size: number): number {
    const from = at;
    at += size;
    if (at > bytes.length) throw new RecordError(`ends at byte ${bytes.length}`);
    return from;
  }

  const byte = (): number => bytes[take(1)] as number;

  function count(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (scale > 2 ** 49) throw new RecordError(`number too long at byte ${at}`);
      const next = byte();
      value += (next % 128) * scale;
      if (next < 128) return value;
    }
  }

  const found = byte();
  if (found !== version) {
    throw new RecordError(`is of version ${found}, this gateway reads ${version}`);
  }
  return {
    byte,
    count,
    double: () => bytes.readDoubleLE(take(8)),
    unixNano: () => bytes.readBigUInt64LE(take(8)),
    text() {
      const size = count();
      const from = take(size);
      return bytes.toString("utf8", from, from + size);
    },
    id() {
      const from = take(8);
      return bytes.toString("hex", from, from + 8);
    },
    isAtEnd: () => at === bytes.length,
  };
}

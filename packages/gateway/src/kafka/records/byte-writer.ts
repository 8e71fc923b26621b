const FIRST_CAPACITY = 256;

/** Writes numbers and texts one after the other, little endian. */
export interface ByteWriter {
  /** 0 to 255. */
  byte(value: number): void;
  /** A whole number of at least 0, exact up to 2^53 - 1. */
  count(value: number): void;
  double(value: number): void;
  /** Nanoseconds since 1970. */
  unixNano(value: bigint): void;
  text(value: string): void;
  /** 16 hex digits. */
  id(value: string): void;
  /** What was written, in memory of its own. */
  finish(): Uint8Array;
}

/** An empty writer whose first byte is the version of the record. */
export function createByteWriter(version: number): ByteWriter {
  let bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  let at = 0;

  function reserve(size: number): void {
    if (at + size <= bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(bytes.length * 2, at + size));
    bytes.copy(grown, 0, 0, at);
    bytes = grown;
  }

  function byte(value: number): void {
    reserve(1);
    bytes[at++] = value;
  }

  function count(value: number): void {
    let left = value;
    while (left >= 128) {
      byte((left % 128) + 128);
      left = Math.floor(left / 128);
    }
    byte(left);
  }

  byte(version);
  return {
    byte,
    count,
    double(value) {
      reserve(8);
      at = bytes.writeDoubleLE(value, at);
    },
    unixNano(value) {
      reserve(8);
      at = bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
    },
    text(value) {
      const size = Buffer.byteLength(value);
      count(size);
      reserve(size);
      at += bytes.write(value, at);
    },
    id(value) {
      reserve(8);
      at += bytes.write(value, at, 8, "hex");
    },
    finish: () => Uint8Array.prototype.slice.call(bytes, 0, at),
  };
}

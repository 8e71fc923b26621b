import fc from "fast-check";
import { expect, it } from "vitest";
import { int32At, int64At, varintAt, varintEnd } from "./read-varint.ts";

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
  return Uint8Array.from([...bytes, Number(rest)]);
}

it("reads what was written, to the last bit", () => {
  fc.assert(
    fc.property(uint64, fc.uint8Array({ maxLength: 3 }), (value, after) => {
      const written = varint(value);
      const bytes = Uint8Array.from([...written, ...after]);
      expect(varintEnd(bytes, 0, bytes.length)).toBe(written.length);
      expect(int64At(bytes, 0, written.length)).toBe(BigInt.asIntN(64, value));
      expect(BigInt(int32At(bytes, 0))).toBe(BigInt.asIntN(32, value));
      if (value < 2n ** 53n) expect(varintAt(bytes, 0)).toBe(Number(value));
      else expect(varintAt(bytes, 0)).toBeGreaterThanOrEqual(2 ** 53);
    }),
  );
});

it("refuses one that is cut off or has more than ten bytes", () => {
  expect(varintEnd(Uint8Array.of(0x80, 0x80), 0, 2)).toBe(-1);
  expect(varintEnd(Uint8Array.of(0x80, 0x01), 0, 1)).toBe(-1);
  expect(varintEnd(new Uint8Array(0), 0, 0)).toBe(-1);
  const ten = Uint8Array.from([...new Array(9).fill(0x80), 0x01]);
  expect(varintEnd(ten, 0, 10)).toBe(10);
  const eleven = Uint8Array.from([...new Array(10).fill(0x80), 0x01]);
  expect(varintEnd(eleven, 0, 11)).toBe(-1);
});

it("reads a varint longer than it need be", () => {
  expect(varintAt(Uint8Array.of(0x85, 0x80, 0x00), 0)).toBe(5);
  expect(int64At(Uint8Array.of(0x85, 0x80, 0x00), 0, 3)).toBe(5n);
});

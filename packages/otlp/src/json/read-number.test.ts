import fc from "fast-check";
import { expect, it } from "vitest";
import { doubleAt, int32At, int64At, intValueAt, isShortInteger, uint64At } from "./read-number.ts";

const at = <Value>(read: (bytes: Uint8Array, pos: number) => Value, text: string): Value =>
  read(new Uint8Array(Buffer.from(`${text},`)), 0);

it("reads 64-bit integers to the last bit, as strings and as numbers", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 64n), max: 2n ** 65n }), (value) => {
      const signed = BigInt.asIntN(64, value) === value ? value : undefined;
      const unsigned = BigInt.asUintN(64, value) === value ? value : undefined;
      for (const text of [`${value}`, `"${value}"`]) {
        expect(at(int64At, text)).toBe(signed);
        expect(at(uint64At, text)).toBe(unsigned);
      }
    }),
  );
});

it("takes whole numbers with point or exponent, as ProtoJSON does", () => {
  expect(at(int64At, "1.0")).toBe(1n);
  expect(at(int64At, '"-25e2"')).toBe(-2500n);
  expect(at(int64At, "1.5")).toBeUndefined();
  expect(at(int64At, "1e300")).toBeUndefined();
});

it("reads an intValue beyond 64 bits as the double it was, but only where it is a bare number", () => {
  expect(at(intValueAt, "-9223372036854775808")).toBe(-(2n ** 63n));
  expect(at(intValueAt, "-9223372036854776000")).toBe(-(2 ** 63));
  expect(at(intValueAt, "1e+300")).toBe(1e300);
  expect(at(intValueAt, '"9223372036854775808"')).toBeUndefined();
  expect(at(intValueAt, "0.5")).toBeUndefined();
  expect(at(intValueAt, "1e999")).toBeUndefined();
});

it.each([
  '"01"',
  '"+1"',
  '" 1"',
  '"0x10"',
  '""',
  '"1n"',
  "true",
  "null",
  "{}",
  `"${"9".repeat(500)}"`,
])("takes %s for no number", (text) => {
  expect(at(int64At, text)).toBeUndefined();
  expect(at(uint64At, text)).toBeUndefined();
  expect(at(doubleAt, text)).toBeUndefined();
});

it("reads an enum only from a number", () => {
  expect(at(int32At, "3")).toBe(3);
  expect(at(int32At, "4294967295")).toBe(4294967295);
  expect(at(int32At, '"3"')).toBeUndefined();
  expect(at(int32At, "4294967296")).toBeUndefined();
});

it("reads doubles, also those that JSON has no number for", () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const text = Number.isFinite(value) ? String(value) : `"${value}"`;
      expect(at(doubleAt, text)).toBe(Object.is(value, -0) ? 0 : value);
    }),
  );
  expect(at(doubleAt, "-0.0")).toBe(-0);
  expect(at(doubleAt, '"1.5"')).toBe(1.5);
  expect(at(doubleAt, "1e999")).toBeUndefined();
});

it("sees short integers at a glance, and never more than there are", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -1000n, max: 2n ** 70n }), fc.boolean(), (value, isQuoted) => {
      const text = isQuoted ? `"${value}"` : `${value}`;
      const isShort = value >= 0n && String(value).length <= 18;
      expect(at((bytes, pos) => isShortInteger(bytes, pos, 18), text)).toBe(isShort);
    }),
  );
  for (const text of ["1.5", "1e5", "1E5", '"1.5"', '"1', '""', "01", "x"]) {
    expect(at((bytes, pos) => isShortInteger(bytes, pos, 18), text)).toBe(false);
  }
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { instantOf, instantOfMs, unixMsOf, unixNanoOf } from "./instant.ts";

it("takes and gives whole milliseconds exactly, where a double of nanoseconds would not", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (ms) => {
      expect(instantOfMs(ms)).toEqual(instantOf(BigInt(ms) * 1_000_000n));
      expect(unixMsOf(instantOfMs(ms))).toBe(ms);
    }),
  );
});

it("rounds a part of a millisecond to the nanosecond, across the end of an epoch too", () => {
  expect(instantOfMs(59_999.999_999_9)).toEqual({ epoch: 1, ns: 0 });
  expect(unixNanoOf(instantOfMs(1.000_25))).toBe(1_000_250n);
});

it("gives the millisecond that has begun", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), (unixNano) => {
      expect(unixMsOf(instantOf(unixNano))).toBe(Number(unixNano / 1_000_000n));
    }),
  );
});

import { addNs, type Instant } from "@wattspan/footprint";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createCrossCheck } from "./cross-check.ts";

const at = (seconds: number): Instant => addNs({ epoch: 29_000_000, ns: 0 }, seconds * 1e9);

it("compares joules over the time that both were read", () => {
  const check = createCrossCheck("counter", "power");
  for (const second of [0, 10, 20]) check.add("read", second * 100, at(second));
  for (const second of [5, 10, 15, 30]) check.add("check", 90, at(second));
  expect(check.total).toEqual({ readJoules: 1500, checkJoules: 1350 });
});

it("starts anew where a counter falls, and keeps what was compared", () => {
  const check = createCrossCheck("counter", "counter");
  for (const second of [0, 1]) {
    check.add("read", second * 100, at(second));
    check.add("check", 500 + second * 100, at(second));
  }
  check.add("read", 3, at(2));
  check.add("check", 700, at(2));
  check.add("read", 103, at(3));
  check.add("check", 800, at(3));
  expect(check.total).toEqual({ readJoules: 200, checkJoules: 200 });
});

it("finds no difference between two views of one draw, however each is sampled", () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(times, times, fc.double({ min: 1, max: 700, noNaN: true }), (a, b, watts) => {
      const check = createCrossCheck("counter", "power");
      const events = [
        ...a.map((second) => ({ second, side: "read" as const })),
        ...b.map((second) => ({ second, side: "check" as const })),
      ].sort((x, y) => x.second - y.second);
      for (const { second, side } of events) {
        check.add(side, side === "read" ? 7 + watts * second : watts, at(second));
      }
      const common = Math.max(
        0,
        Math.min(Math.max(...a), Math.max(...b)) - Math.max(Math.min(...a), Math.min(...b)),
      );
      expect(check.total.readJoules).toBeCloseTo(watts * common, 4);
      expect(check.total.checkJoules).toBeCloseTo(watts * common, 4);
    }),
  );
});

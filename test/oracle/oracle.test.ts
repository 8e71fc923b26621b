import * as joiner from "@wattspan/footprint";
import { expect, it } from "vitest";
import { deviationOf, isWithin } from "./oracle-row.ts";
import { printOracles } from "./print-oracles.ts";

it("holds every published and hand-computed figure that is at hand", () => {
  const lines: string[] = [];
  expect(printOracles(joiner, (text) => lines.push(text))).toBe(0);
  expect(lines.filter((line) => line.includes("WRONG"))).toEqual([]);
  expect(lines.length).toBeGreaterThan(30);
}, 120_000);

it("refuses a figure that is off by more than its tolerance, or that is none", () => {
  const row = { name: "", unit: "J", expected: 100, tolerance: 1e-3 };
  expect(deviationOf({ ...row, actual: 99 })).toBeCloseTo(0.01, 12);
  const actuals = [100, 100.05, 100.2, Number.NaN, Infinity];
  expect(actuals.map((actual) => isWithin({ ...row, actual }))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeModel } from "./judge-bounds.ts";
import { METER_MODELS } from "./meter-models.ts";
import {
  type Extremes,
  extremesOf,
  type Piece,
  type PowerRange,
  rateAt,
} from "./tightest-bounds.ts";

/** Windows a meter: enough scenes that each meets more than 100 hostile curves. */
const WINDOWS = 400;
/** How wide ours may be by the tightest: in the median, and at most. A skew, a gain and ranges tie intervals to each
 * other, which the library solves one by one. */
const WIDTHS: readonly (readonly [name: RegExp, median: number, largest: number])[] = [
  [/cache/, 1.5, Infinity],
  [/averages/, 5, Infinity],
  [/skew|gain/, 1.25, Infinity],
  [/./, 1.000001, 1.000001],
];

describe("bounds", () => {
  // What the sources do not do: read a mean as if it were an instant, which no bound covers (docs/method.md).
  const guaranteed = METER_MODELS.filter(({ name }) => !name.includes("as instants"));

  it.each(guaranteed.map((model) => [model.name, model] as const))(
    "hold the truth of hostile power curves: %s",
    (name, model) => {
      const verdict = judgeModel(model, WINDOWS, name.includes("cache") ? 20 : 2);
      expect(verdict.curves).toBeGreaterThan(100);
      expect(verdict.truthInside).toBe(verdict.windows);
      expect(verdict.sought).toBeGreaterThan(0);
      expect(verdict.tightestInside).toBe(verdict.sought);
      const [, median = 0, largest = 0] = WIDTHS.find(([pattern]) => pattern.test(name)) ?? [];
      expect(verdict.medianRatio).toBeLessThanOrEqual(median);
      expect(verdict.largestRatio).toBeLessThanOrEqual(largest);
    },
    60_000,
  );
});

describe("the optimiser", () => {
  it("finds what trying every corner of small programmes finds", () => {
    const piece = fc.record({
      seconds: fc.integer({ min: 1, max: 5 }),
      share: fc.constantFrom(0, 0.1, 0.25, 0.5, 1),
      idleShare: fc.constantFrom(0, 0.5, 1),
    });
    const powers = fc.record({
      idle: fc.integer({ min: 0, max: 4 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 4 }),
        powers,
        (pieces, { idle, part }) => {
          const range = { minWatts: 2, maxWatts: 10, idleWatts: idle };
          const seconds = pieces.reduce((sum, one) => sum + one.seconds, 0);
          const joules = seconds * (range.minWatts + part * (range.maxWatts - range.minWatts));
          const found = extremesOf(pieces, joules, range) as Extremes;
          const tried = tryCorners(pieces, joules, range);
          expect(found[0]).toBeCloseTo(tried[0], 9);
          expect(found[1]).toBeCloseTo(tried[1], 9);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("knows what no curve can draw", () => {
    const pieces = [{ seconds: 10, share: 1, idleShare: 0 }];
    const range = { minWatts: 75, maxWatts: 700, idleWatts: 75 };
    expect(extremesOf(pieces, 749, range)).toBeUndefined();
    expect(extremesOf(pieces, 7001, range)).toBeUndefined();
    expect(extremesOf(pieces, 1750, range)).toEqual([1000, 1000]);
  });
});

/**
 * Every choice of a level for every piece, the last of them mixed in time from two levels so that the total fits; any
 * piece may be the mixed one.
 */
function tryCorners(pieces: readonly Piece[], joules: number, range: PowerRange): Extremes {
  const levels = [range.minWatts, range.idleWatts, range.maxWatts].filter(
    (watts) => watts >= range.minWatts && watts <= range.maxWatts,
  );
  let lower = Infinity;
  let upper = -Infinity;
  pieces.forEach((mixed, index) => {
    const others = pieces.filter((_, i) => i !== index);
    for (let code = 0; code < levels.length ** others.length; code++) {
      let left = joules;
      let figure = 0;
      others.forEach((one, i) => {
        const watts = levels[Math.floor(code / levels.length ** i) % levels.length] as number;
        left -= watts * one.seconds;
        figure += rateAt(one, watts, range.idleWatts) * one.seconds;
      });
      const mean = left / mixed.seconds;
      for (const low of levels) {
        for (const high of levels) {
          if (mean < low - 1e-12 || mean > high + 1e-12) continue;
          const part = high === low ? 0 : (mean - low) / (high - low);
          const rates = [low, high].map((watts) => rateAt(mixed, watts, range.idleWatts));
          const total =
            figure +
            mixed.seconds * ((rates[0] as number) * (1 - part) + (rates[1] as number) * part);
          lower = Math.min(lower, total);
          upper = Math.max(upper, total);
        }
      }
    }
  });
  return [lower, upper];
}

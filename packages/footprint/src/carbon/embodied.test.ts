import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EmbodiedUse, embodiedGrams, withServer } from "./embodied.ts";

const exactly = (kg: number) => ({ lower: kg, central: kg, upper: kg });
const years = (count: number) => ({ shortest: count, central: count, longest: count });

describe("embodiedGrams", () => {
  it.each([
    // Milligrams per second of a whole device: kg x 1e6 / (years x 31,557,600 s).
    [164, 5, 1.0393692802],
    [164, 3, 1.7322821338],
    [575, 3, 6.0735501643],
    [273 + 5700 / 8, 3, 10.4095368469],
  ])("%d kg over %d years are %d mg a second", (kg, life, mg) => {
    const use = { embodiedKg: exactly(kg), seconds: 1, share: 1 };
    expect(embodiedGrams([use], years(life)).central * 1000).toBeCloseTo(mg, 9);
  });

  it("is time share x attribution share, summed over devices", () => {
    // Two devices of 315.576 kg for 10 s at a quarter each: 2 x 315,576 g x 10 / (4 x 31,557,600) / 4 = 12.5 mg.
    const use = { embodiedKg: exactly(315.576), seconds: 10, share: 0.25 };
    expect(embodiedGrams([use, use]).central).toBeCloseTo(0.0125, 12);
    expect(embodiedGrams([])).toEqual(exactly(0));
  });

  it("is lowest for the least figure over the longest life", () => {
    const use = { embodiedKg: { lower: 164, central: 273, upper: 575 }, seconds: 3600, share: 1 };
    const grams = embodiedGrams([use]);
    expect(grams.lower).toBeCloseTo((164_000 * 3600) / (6 * 31_557_600), 9);
    expect(grams.central).toBeCloseTo((273_000 * 3600) / (4 * 31_557_600), 9);
    expect(grams.upper).toBeCloseTo((575_000 * 3600) / (3 * 31_557_600), 9);
  });

  it("gives a device its part of the server", () => {
    expect(withServer(exactly(273), exactly(5700), 8).central).toBe(985.5);
  });

  it("conserves: the shares of one device add up to the device", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, fc.double({ min: 0, max: 1e6, noNaN: true }), (part, seconds) => {
        const use = (one: number): EmbodiedUse => ({
          embodiedKg: exactly(500),
          seconds,
          share: one,
        });
        const whole = embodiedGrams([use(1)]).central;
        const parts = embodiedGrams([use(part), use(1 - part)]).central;
        expect(Math.abs(parts - whole)).toBeLessThanOrEqual(1e-12 * whole);
      }),
    );
  });

  it("refuses what is no share, no time and no range", () => {
    const use = { embodiedKg: exactly(1), seconds: 1, share: 1 };
    expect(() => embodiedGrams([{ ...use, share: 1.1 }])).toThrow("1.1 is not a share");
    expect(() => embodiedGrams([{ ...use, seconds: Number.NaN }])).toThrow("NaN s is not a time");
    const wrong = { lower: 2, central: 1, upper: 3 };
    expect(() => embodiedGrams([{ ...use, embodiedKg: wrong }])).toThrow("ascending");
    expect(() => embodiedGrams([use], { shortest: 5, central: 4, longest: 6 })).toThrow("lifetime");
  });
});

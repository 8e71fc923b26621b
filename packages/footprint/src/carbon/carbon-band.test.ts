import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CarbonBandInput, carbonBand } from "./carbon-band.ts";
import { FACTOR_TIERS } from "./intensity-source.ts";

describe("carbonBand", () => {
  it("of one cause is that cause's measured band", () => {
    const band = carbonBand({ gramsCo2e: 100, tier: "measured" });
    expect(band.lowerGrams).toBeCloseTo(64, 9);
    expect(band.upperGrams).toBeCloseTo(145, 9);
    expect(band.dominantCause).toBe("method");
  });

  it("adds causes in quadrature on the log scale", () => {
    const band = carbonBand({ gramsCo2e: 1, tier: "yearly_zone" });
    expect(band.lowerGrams).toBeCloseTo(Math.exp(-Math.hypot(Math.log(0.64), Math.log(0.43))), 12);
    expect(band.upperGrams).toBeCloseTo(Math.exp(Math.hypot(Math.log(1.45), Math.log(1.62))), 12);
    expect(band.dominantCause).toBe("annual_average");
  });

  it("says that a country's average is the worst of it where a country has many grids", () => {
    const band = carbonBand({ gramsCo2e: 414, tier: "yearly_country", isManyGrids: true });
    expect(band.dominantCause).toBe("many_grids");
    expect(band.lowerGrams).toBeLessThan(414 * 0.19);
    expect(band.upperGrams).toBeGreaterThan(414 * 5.37);
  });

  it("names the energy where it is known worst", () => {
    const band = carbonBand({ gramsCo2e: 1, tier: "measured", energyLower: 0, energyUpper: 3 });
    expect(band).toMatchObject({ lowerGrams: 0, dominantCause: "energy" });
  });

  it("widens with the age of a table, and with everything else", () => {
    const width = (extra: Partial<CarbonBandInput>) => {
      const band = carbonBand({ gramsCo2e: 1, tier: "yearly_zone", ...extra });
      return band.upperGrams / band.lowerGrams;
    };
    expect(width({ tableMonths: 11 })).toBe(width({}));
    expect(width({ tableMonths: 12 })).toBeGreaterThan(width({}));
    expect(width({ tableMonths: 60 })).toBeGreaterThan(width({ tableMonths: 24 }));
    expect(width({ isPueAssumed: true })).toBeGreaterThan(width({}));
    expect(width({ tier: "world" })).toBeGreaterThan(width({}));
    expect(width({ tier: "forecast" })).toBeGreaterThan(width({ tier: "stale" }));
    expect(width({ tier: "stale" })).toBeGreaterThan(width({ tier: "estimated" }));
  });

  it("always encloses the figure", () => {
    const inputs = fc.record({
      gramsCo2e: fc.double({ min: 0, max: 1e9, noNaN: true }),
      tier: fc.constantFrom(...FACTOR_TIERS),
      energyLower: fc.double({ min: 0, max: 1, noNaN: true }),
      energyUpper: fc.double({ min: 1, max: 100, noNaN: true }),
      isManyGrids: fc.boolean(),
    });
    fc.assert(
      fc.property(inputs, (input) => {
        const { lowerGrams, upperGrams } = carbonBand(input);
        expect(lowerGrams).toBeLessThanOrEqual(input.gramsCo2e);
        expect(upperGrams).toBeGreaterThanOrEqual(input.gramsCo2e);
      }),
    );
  });
});

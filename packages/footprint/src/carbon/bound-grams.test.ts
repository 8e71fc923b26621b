import { describe, expect, it } from "vitest";
import { boundGrams } from "./bound-grams.ts";
import type { EmissionFactor, IntensitySource } from "./intensity-source.ts";
import { deviceEnergy, phaseEnergy, slice } from "./phase-energy.test.maker.ts";

const MINUTES_PER_YEAR = 365.25 * 24 * 60;
const now = 56 * MINUTES_PER_YEAR;

const factor = (changes: Partial<EmissionFactor> = {}): EmissionFactor => ({
  id: "f",
  zone: "FR",
  gramsPerKwh: 100,
  from: { epoch: now, ns: 0 },
  to: { epoch: now + 60, ns: 0 },
  signal: "average",
  basis: "lifecycle",
  accounting: "location_based",
  tier: "measured",
  provider: "test",
  datasetVersion: "1",
  licence: "none",
  ...changes,
});

const source = (factorAt: IntensitySource["factorAt"]): IntensitySource => ({
  name: "test",
  factorAt,
});

const energy = phaseEnergy([deviceEnergy("a", { slices: [slice(now), slice(now + 1)] })]);
const squares = (...ratios: readonly number[]): number => Math.hypot(...ratios.map(Math.log));

describe("boundGrams", () => {
  it("joins the bounds of energy and method", () => {
    const band = boundGrams(
      energy,
      10,
      "FR",
      source(() => factor()),
    );
    expect(band?.lowerGrams).toBeCloseTo(10 * Math.exp(-squares(0.64, 40 / 50)), 12);
    expect(band?.upperGrams).toBeCloseTo(10 * Math.exp(squares(1.45, 60 / 50)), 12);
  });

  it("is as wide as the worst factor in force", () => {
    const yearly = factor({ tier: "yearly_zone", flags: ["country_of_many_grids"] });
    const mixed = source((_, { epoch }) => (epoch === now ? factor() : yearly));
    const band = boundGrams(energy, 10, "FR", mixed);
    expect(band?.upperGrams).toBeCloseTo(10 * Math.exp(squares(1.45, 1.2, 1.62, 5.37)), 10);
    expect(band?.dominantCause).toBe("many_grids");
  });

  it("counts a table's age from the end of its year, where it tells one", () => {
    const aged = (years: number, changes: Partial<EmissionFactor> = {}) => {
      const from = { epoch: now - years * MINUTES_PER_YEAR, ns: 0 };
      const table = factor({ tier: "yearly_zone", from, ...changes });
      return boundGrams(
        energy,
        10,
        "FR",
        source(() => table),
      )?.upperGrams;
    };
    const fresh = 10 * Math.exp(squares(1.45, 1.2, 1.62));
    expect(aged(1.9)).toBeCloseTo(fresh, 10);
    expect(aged(2.1)).toBeCloseTo(10 * Math.exp(squares(1.45, 1.2, 1.62, 1.373)), 10);
    expect(aged(56)).toBeCloseTo(fresh, 10);
  });

  it("has none without energy or with a factor missing, and no upper one where the energy has none", () => {
    const known = source(() => factor());
    expect(boundGrams(phaseEnergy([]), 0, "FR", known)).toBeUndefined();
    const none = { ...energy, energyJoules: 0, lowerJoules: 0 };
    expect(boundGrams(none, 0, "FR", known)).toBeUndefined();
    const partly = source((_, { epoch }) => (epoch === now ? factor() : { missing: "gap" }));
    expect(boundGrams(energy, 10, "FR", partly)).toBeUndefined();
    const open = boundGrams({ ...energy, upperJoules: Infinity }, 10, "FR", known);
    expect(open?.upperGrams).toBe(Infinity);
  });
});

import { describe, expect, it } from "vitest";
import { chargeEmbodied } from "./charge-embodied.ts";
import { deviceEnergy, phaseEnergy } from "./phase-energy.test.maker.ts";

const kg = { lower: 100, central: 200, upper: 300 };

describe("chargeEmbodied", () => {
  it("takes each device for its covered time by the share of its energy", () => {
    const energy = phaseEnergy([
      deviceEnergy("a"),
      deviceEnergy("b", { dynamicJoules: 10, idleJoules: 15, coveredNs: 4e9 }),
    ]);
    const grams = chargeEmbodied(energy, () => kg);
    // 10 s x 50/100 and 4 s x 25/100 are 6 s of a whole device; lives of 6, 4 and 3 years.
    expect(grams?.lower).toBeCloseTo((6 * 100_000) / (6 * 31_557_600), 12);
    expect(grams?.central).toBeCloseTo((6 * 200_000) / (4 * 31_557_600), 12);
    expect(grams?.upper).toBeCloseTo((6 * 300_000) / (3 * 31_557_600), 12);
  });

  it("is unknown where one device is, and nothing of a device that drew nothing", () => {
    const both = phaseEnergy([deviceEnergy("a"), deviceEnergy("b")]);
    expect(chargeEmbodied(both, ({ id }) => (id === "a" ? kg : undefined))).toBeUndefined();
    expect(chargeEmbodied(phaseEnergy([]), () => kg)).toBeUndefined();
    const still = phaseEnergy([deviceEnergy("a", { windowJoules: 0, dynamicJoules: 0 })]);
    expect(chargeEmbodied(still, () => kg)?.upper).toBe(0);
  });
});

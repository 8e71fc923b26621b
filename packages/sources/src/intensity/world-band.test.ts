import { yearly2025 } from "@tgwf/co2/data/electricity-maps";
import { carbonBand } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { countryAverage } from "./country-averages.ts";

it("the bounds of the world's average hold nine of ten zones' factors between them", () => {
  const world = countryAverage("WORLD");
  if ("missing" in world) throw new Error(world.missing);
  const { lowerGrams, upperGrams } = carbonBand({
    gramsCo2e: world.gramsPerKwh,
    tier: "world",
  });
  const zones = Object.values(yearly2025.data).map(({ carbonIntensity }) => carbonIntensity.value);
  const inside = zones.filter((grams) => grams >= lowerGrams && grams <= upperGrams);
  expect(zones.length).toBe(352);
  expect(inside.length / zones.length).toBeGreaterThan(0.9);
  // The prior itself: the 5th and 95th percentile of zones over the world's average.
  const sorted = zones.map((grams) => grams / world.gramsPerKwh).sort((a, b) => a - b);
  expect(sorted[Math.round(0.05 * 351)]).toBeCloseTo(0.063, 3);
  expect(sorted[Math.round(0.95 * 351)]).toBeCloseTo(1.478, 3);
});

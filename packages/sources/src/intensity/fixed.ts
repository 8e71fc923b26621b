import type { EmissionFactor, FactorTier, IntensitySource } from "@wattspan/footprint";
import { nearestNames } from "../nearest-names.ts";
import { firstInstant, lastInstant } from "./year-interval.ts";

/** Tiers that a constant may claim: a number that never changes was not measured for the hour. */
export type FixedTier = Extract<
  FactorTier,
  "yearly_zone" | "yearly_subregion" | "yearly_country" | "world"
>;

/** Options of `createFixedIntensity`. */
export interface FixedIntensityOptions {
  /** Grams of CO2 equivalent per kilowatt-hour by zone; each above 0. */
  readonly gramsPerKwh: ReadonlyMap<string, number>;
  /** How good the values are; default `yearly_zone`. */
  readonly tier?: FixedTier;
  /** Default `lifecycle`. */
  readonly basis?: EmissionFactor["basis"];
}

/** One constant factor for each zone, from configuration; a zone that is not listed has none. */
export function createFixedIntensity(options: FixedIntensityOptions): IntensitySource {
  const { gramsPerKwh, tier = "yearly_zone", basis = "lifecycle" } = options;
  const factors = new Map<string, EmissionFactor>();
  for (const [zone, grams] of gramsPerKwh) {
    if (!(grams > 0) || !Number.isFinite(grams)) {
      throw new RangeError(`zone ${zone}: ${grams} g/kWh is not a number above 0`);
    }
    factors.set(zone, {
      id: `fixed/${zone}/${grams}`,
      zone,
      gramsPerKwh: grams,
      from: firstInstant,
      to: lastInstant,
      signal: "average",
      basis,
      accounting: "location_based",
      tier,
      provider: "static",
      datasetVersion: "configuration",
      licence: "operator",
    });
  }
  return { name: "fixed", factorAt: (zone) => factors.get(zone) ?? missingOf(zone, factors) };
}

function missingOf(
  zone: string,
  factors: ReadonlyMap<string, EmissionFactor>,
): { readonly missing: string } {
  const near = nearestNames(zone, factors.keys());
  const advice = near.length === 0 ? "" : `; near: ${near.join(", ")}`;
  return { missing: `no value is configured for zone ${JSON.stringify(zone)}${advice}` };
}

import {
  compareInstants,
  type EmissionFactor,
  type Instant,
  type IntensitySource,
} from "@wattspan/footprint";
import { countryAverage } from "./country-averages.ts";
import { regionFactors } from "./region-table.ts";
import { yearlyZoneFactors, zonesNear } from "./yearly-zones.ts";

/** Bounds the memory that names from outside can take. */
const maxRememberedZones = 4096;

/** Countries of many grids, whose average says next to nothing about a place in them. */
const manyGrids = new Set("AU BR CA IN JP US AUS BRA CAN IND JPN USA".split(" "));

type ZoneFactors = readonly EmissionFactor[] | { readonly missing: string };

/**
 * Yearly averages that come with the package: Electricity Maps zones, eGRID subregions, Google Cloud regions and
 * China's provinces, then Ember countries by ISO code. An unknown zone has no factor; the world's average is given for the
 * zone `WORLD` only. The average of a country of many grids is flagged `country_of_many_grids`.
 */
export function createStaticIntensity(): IntensitySource {
  const remembered = new Map<string, ZoneFactors>();
  return {
    name: "static",
    factorAt(zone, at) {
      let factors = remembered.get(zone);
      if (factors === undefined) {
        factors = flagged(factorsOf(zone), zone);
        if (remembered.size >= maxRememberedZones) remembered.clear();
        remembered.set(zone, factors);
      }
      return "missing" in factors ? factors : inForceAt(factors, zone, at);
    },
  };
}

function flagged(factors: ZoneFactors, zone: string): ZoneFactors {
  if ("missing" in factors || !manyGrids.has(zone)) return factors;
  return factors.map((factor) => ({
    ...factor,
    flags: [...(factor.flags ?? []), "country_of_many_grids"],
  }));
}

function factorsOf(zone: string): ZoneFactors {
  if (zone === "") return { missing: "no zone is given" };
  const yearly = yearlyZoneFactors(zone);
  if (yearly.length > 0) return yearly;
  const regional = regionFactors(zone);
  if (regional.length > 0) return regional;
  const country = countryAverage(zone);
  if (!("missing" in country)) return [country];
  const near = zonesNear(zone);
  const advice = near.length === 0 ? "" : `; near: ${near.join(", ")}`;
  return { missing: `no factor for zone ${JSON.stringify(zone)}: ${country.missing}${advice}` };
}

function inForceAt(
  factors: readonly EmissionFactor[],
  zone: string,
  at: Instant,
): EmissionFactor | { readonly missing: string } {
  const factor = factors.find(
    ({ from, to }) => compareInstants(from, at) <= 0 && compareInstants(at, to) < 0,
  );
  return factor ?? { missing: `no factor for zone ${JSON.stringify(zone)} at that time` };
}

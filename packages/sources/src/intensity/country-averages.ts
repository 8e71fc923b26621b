import { averageIntensity } from "@tgwf/co2/data";
import type { EmissionFactor } from "@wattspan/footprint";
import { firstInstant, lastInstant } from "./year-interval.ts";
import { tableVersion } from "./yearly-zones.ts";

/** Countries of the Ember table that are no Electricity Maps zone as a whole: ISO 3166 alpha-2 to alpha-3. */
const alpha3Of: ReadonlyMap<string, string> = new Map([
  ["AS", "ASM"],
  ["CK", "COK"],
  ["CL", "CHL"],
  ["KI", "KIR"],
  ["MS", "MSR"],
  ["NR", "NRU"],
  ["RU", "RUS"],
  ["TC", "TCA"],
  ["VG", "VGB"],
]);

/** The Ember average of a country (ISO 3166 code) or of `WORLD`, or why there is none. */
export function countryAverage(zone: string): EmissionFactor | { readonly missing: string } {
  const code = alpha3Of.get(zone) ?? zone;
  const table = averageIntensity.data;
  const gramsPerKwh = Object.hasOwn(table, code) ? table[code] : undefined;
  if (gramsPerKwh === undefined) return { missing: "not in the table of country averages" };
  const isWorld = code === "WORLD";
  if (!isWorld && !/^[A-Z]{3}$/.test(code)) {
    return { missing: "a group of countries, not a grid" };
  }
  if (!(gramsPerKwh > 0)) return { missing: "its country average is 0, which no grid has" };
  return {
    id: `ember/0.19.0/${code}/yearly`,
    zone,
    gramsPerKwh,
    // The package leaves out which year (2022 to 2024) a row is of, so no interval can be claimed.
    from: firstInstant,
    to: lastInstant,
    signal: "average",
    basis: "lifecycle",
    accounting: "location_based",
    tier: isWorld ? "world" : "yearly_country",
    provider: "ember",
    datasetVersion: `${tableVersion}, 2022 to 2024`,
    licence: "CC-BY-SA-4.0",
    mix: "production",
    // The world has no imports.
    ...(isWorld ? {} : { flags: ["production_mix"] }),
  };
}

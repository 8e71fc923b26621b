import {
  yearly2021,
  yearly2022,
  yearly2023,
  yearly2024,
  yearly2025,
} from "@tgwf/co2/data/electricity-maps";
import type { EmissionFactor } from "@wattspan/footprint";
import { nearestNames } from "../nearest-names.ts";
import { firstInstant, lastInstant, yearStart } from "./year-interval.ts";

/** Version of the package that holds the tables. */
export const tableVersion = "@tgwf/co2 0.19.0";

const tables: readonly { readonly year: number; readonly zones: typeof yearly2021.data }[] = [
  { year: 2021, zones: yearly2021.data },
  { year: 2022, zones: yearly2022.data },
  { year: 2023, zones: yearly2023.data },
  { year: 2024, zones: yearly2024.data },
  { year: 2025, zones: yearly2025.data },
];

const zoneNames = new Set(tables.flatMap(({ zones }) => Object.keys(zones)));

/** Yearly factors of an Electricity Maps zone in time order, without gap; empty where there is no such zone. */
export function yearlyZoneFactors(zone: string): readonly EmissionFactor[] {
  if (!zoneNames.has(zone)) return [];
  const years = tables.flatMap(({ year, zones }) => {
    const gramsPerKwh = zones[zone]?.carbonIntensity.value;
    return gramsPerKwh !== undefined && gramsPerKwh > 0 ? [{ year, gramsPerKwh }] : [];
  });
  const [oldest] = years;
  if (oldest === undefined) return [];
  const factors = years.map(({ year, gramsPerKwh }, index) => {
    const next = years[index + 1];
    const to = next === undefined ? lastInstant : yearStart(next.year);
    return { ...factorOf(zone, year, gramsPerKwh), from: yearStart(year), to };
  });
  const before = factorOf(zone, oldest.year, oldest.gramsPerKwh);
  return [{ ...before, from: firstInstant, to: yearStart(oldest.year) }, ...factors];
}

/** Zones inside the country zone `zone`, e.g. `US-CAL-CISO` in `US`. */
export function subZonesOf(zone: string): readonly string[] {
  return [...zoneNames].filter((name) => name.startsWith(`${zone}-`));
}

/** Zones whose names are close to `zone`. */
export function zonesNear(zone: string): readonly string[] {
  return nearestNames(zone, zoneNames);
}

function factorOf(
  zone: string,
  year: number,
  gramsPerKwh: number,
): Omit<EmissionFactor, "from" | "to"> {
  return {
    id: `electricity_maps/${year}/${zone}/yearly`,
    zone,
    gramsPerKwh,
    signal: "average",
    basis: "lifecycle",
    accounting: "location_based",
    tier: "yearly_zone",
    provider: "electricity_maps",
    datasetVersion: `${tableVersion}, ${year}`,
    licence: "ODbL-1.0",
    mix: "consumption",
  };
}

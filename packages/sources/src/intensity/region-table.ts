import type { EmissionFactor } from "@wattspan/footprint";
import { chinaProvinces } from "./china-provinces.ts";
import { egridSubregions } from "./egrid-subregions.ts";
import { gcpRegions } from "./gcp-regions.ts";
import { gramsPerKwhOfPounds } from "./watttime.ts";
import { firstInstant, lastInstant, yearStart } from "./year-interval.ts";

/** A yearly table of regions that are no zones of the zone table, and what an auditor asks about it. */
export interface RegionTable {
  /** Value of `footprint.grid.provider.name`. */
  readonly provider: string;
  readonly title: string;
  readonly year: number;
  readonly licence: string;
  readonly unit: "g/kWh" | "lb/MWh";
  readonly basis: EmissionFactor["basis"];
  readonly mix: "consumption" | "production";
  readonly gas?: "CO2";
  readonly rows: readonly {
    readonly zone: string;
    readonly name: string;
    readonly value: number;
  }[];
}

/** All tables; no zone is in two of them. */
export const regionTables: readonly RegionTable[] = [egridSubregions, gcpRegions, chinaProvinces];

const byZone: ReadonlyMap<string, readonly [RegionTable, number]> = new Map(
  regionTables.flatMap((table) =>
    table.rows.map(({ zone, value }) => [zone, [table, value]] as const),
  ),
);

/** The yearly factor of an eGRID subregion (`CAMX`), a Google Cloud region (`gcp:us-east4`) or a province (`CN-BJ`). */
export function regionFactors(zone: string): readonly EmissionFactor[] {
  const found = byZone.get(zone);
  if (found === undefined) return [];
  const [table, value] = found;
  const { provider, title, year, licence, unit, basis, mix, gas } = table;
  const flags = [
    ...(mix === "production" ? ["production_mix"] : []),
    ...(gas === undefined ? [] : ["co2_only"]),
  ];
  const factor: Omit<EmissionFactor, "from" | "to"> = {
    id: `${provider}/${year}/${zone}/yearly`,
    zone,
    gramsPerKwh: unit === "lb/MWh" ? gramsPerKwhOfPounds(value) : value,
    signal: "average",
    basis,
    accounting: "location_based",
    tier: "yearly_subregion",
    provider,
    datasetVersion: `${title}, ${year}`,
    licence,
    mix,
    ...(gas === undefined ? {} : { gas }),
    ...(flags.length === 0 ? {} : { flags }),
  };
  // The table's own year, and the years around it for want of better.
  return [
    { ...factor, from: firstInstant, to: yearStart(year) },
    { ...factor, from: yearStart(year), to: lastInstant },
  ];
}

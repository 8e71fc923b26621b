import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { countryAverage } from "./country-averages.ts";
import { regionFactors, regionTables } from "./region-table.ts";
import { createStaticIntensity } from "./static.ts";
import { yearlyZoneFactors } from "./yearly-zones.ts";

describe("regionTables", () => {
  it("say source, licence and year, and have no zone that another table has", () => {
    const zones = regionTables.flatMap(({ rows }) => rows.map(({ zone }) => zone));
    expect(zones).toHaveLength(27 + 44 + 30);
    expect(new Set(zones).size).toBe(zones.length);
    for (const { title, licence, year, provider, rows } of regionTables) {
      expect([title, licence, provider]).not.toContain("");
      expect(year).toBeGreaterThan(2022);
      for (const { value } of rows) expect(value).toBeGreaterThan(0);
    }
    for (const zone of zones) {
      expect(yearlyZoneFactors(zone)).toEqual([]);
      expect(countryAverage(zone)).toHaveProperty("missing");
    }
  });

  it("give an eGRID rate in grams per kilowatt-hour", () => {
    expect(regionFactors("CAMX")[1]).toMatchObject({
      id: "epa_egrid/2023/CAMX/yearly",
      gramsPerKwh: expect.closeTo(195.04, 2),
      tier: "yearly_subregion",
      basis: "direct",
      flags: ["production_mix"],
    });
  });

  it("are part of the static source, also before their year", () => {
    const source = createStaticIntensity();
    const at = (zone: string, iso: string) =>
      source.factorAt(zone, { epoch: Date.parse(iso) / 60_000, ns: 0 });
    expect(at("gcp:europe-west1", "2026-06-01")).toMatchObject({ gramsPerKwh: 103.37 });
    expect(at("gcp:europe-west1", "2020-06-01")).toMatchObject({
      gramsPerKwh: 103.37,
      licence: "Apache-2.0",
      datasetVersion: "GoogleCloudPlatform/region-carbon-info, 2024",
    });
    expect(at("CN-BJ", "2026-06-01")).toMatchObject({ gas: "CO2", flags: ["co2_only"] });
  });
});

const folder = fileURLToPath(new URL("../../../../../shared/data/carbon", import.meta.url));

describe.skipIf(!existsSync(folder))(
  existsSync(folder)
    ? "against the published tables"
    : "against the published tables (skipped: its data folder is not beside the project)",
  () => {
    it.each([
      ["epa-egrid/epa_egrid2023_subregions.csv", "", 0, 3],
      ["gcp-apache-2.0/gcp_region_carbon_2024.csv", "gcp:", 0, 3],
    ])("agrees with every row of %s", (file, prefix, zoneColumn, gramsColumn) => {
      const [, ...lines] = readFileSync(`${folder}/${file}`, "utf8").trim().split("\n");
      const rows = lines.map((line) => line.trim().split(",")).filter(([zone]) => zone !== "US");
      expect(rows.length).toBeGreaterThan(20);
      for (const row of rows) {
        const [factor] = regionFactors(`${prefix}${row[zoneColumn]}`);
        expect([row[0], factor?.gramsPerKwh]).toEqual([
          row[0],
          expect.closeTo(Number(row[gramsColumn]), 2),
        ]);
      }
    });
  },
);

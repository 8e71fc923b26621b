import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { compareInstants, type EmissionFactor, instantOf } from "@wattspan/footprint";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStaticIntensity } from "./static.ts";
import { subZonesOf, tableVersion } from "./yearly-zones.ts";

const source = createStaticIntensity();

function instant(iso: string) {
  return instantOf(BigInt(Date.parse(iso)) * 1_000_000n);
}

function factor(zone: string, iso: string): EmissionFactor {
  const found = source.factorAt(zone, instant(iso));
  if ("missing" in found) throw new Error(found.missing);
  return found;
}

function missing(zone: string): string {
  const found = source.factorAt(zone, instant("2025-06-01T00:00:00Z"));
  return "missing" in found ? found.missing : "";
}

describe("createStaticIntensity", () => {
  it("takes the table of the year, to the last nanosecond", () => {
    expect(factor("FR", "2024-01-01T00:00:00Z").gramsPerKwh).toBe(33);
    expect(factor("FR", "2024-12-31T23:59:59.999Z").gramsPerKwh).toBe(33);
    expect(factor("FR", "2025-01-01T00:00:00Z").gramsPerKwh).toBe(31);
    expect(factor("PL", "2022-06-01T00:00:00Z").gramsPerKwh).toBe(876);
  });

  it("keeps the newest table open and names its vintage", () => {
    const later = factor("DE", "2026-11-24T12:00:00Z");
    expect(later).toEqual(factor("DE", "2025-03-01T00:00:00Z"));
    expect(later).toMatchObject({
      id: "electricity_maps/2025/DE/yearly",
      zone: "DE",
      gramsPerKwh: 342,
      from: instant("2025-01-01T00:00:00Z"),
      to: instant("9999-01-01T00:00:00Z"),
      tier: "yearly_zone",
      signal: "average",
      basis: "lifecycle",
      accounting: "location_based",
      provider: "electricity_maps",
      datasetVersion: "@tgwf/co2 0.19.0, 2025",
      licence: "ODbL-1.0",
    });
  });

  it("takes the oldest table before it begins, and says so by its interval", () => {
    const before = factor("FR", "2019-05-01T00:00:00Z");
    expect(before).toMatchObject({ id: "electricity_maps/2021/FR/yearly", gramsPerKwh: 60 });
    expect(before.to).toEqual(instant("2021-01-01T00:00:00Z"));
    expect(factor("FR", "2021-05-01T00:00:00Z").from).toEqual(instant("2021-01-01T00:00:00Z"));
  });

  it("takes the country's average for an alpha-3 code or a country without a zone", () => {
    expect(factor("FRA", "2025-06-01T00:00:00Z")).toMatchObject({
      id: "ember/0.19.0/FRA/yearly",
      zone: "FRA",
      gramsPerKwh: 44.18,
      tier: "yearly_country",
      provider: "ember",
      licence: "CC-BY-SA-4.0",
    });
    expect(factor("RU", "2025-06-01T00:00:00Z")).toMatchObject({
      id: "ember/0.19.0/RUS/yearly",
      zone: "RU",
      tier: "yearly_country",
    });
  });

  it("gives the world's average only where it is asked for", () => {
    expect(factor("WORLD", "2025-06-01T00:00:00Z")).toMatchObject({
      gramsPerKwh: 472.94,
      tier: "world",
    });
    expect(missing("ATLANTIS")).toBe(
      'no factor for zone "ATLANTIS": not in the table of country averages',
    );
  });

  it("flags the average of a country of many grids, and a mix that leaves out imports", () => {
    expect(factor("US", "2025-06-01T00:00:00Z").flags).toEqual(["country_of_many_grids"]);
    expect(factor("IND", "2025-06-01T00:00:00Z").flags).toEqual([
      "production_mix",
      "country_of_many_grids",
    ]);
    expect(factor("US-CAL-CISO", "2025-06-01T00:00:00Z").flags).toBeUndefined();
    expect(factor("FR", "2025-06-01T00:00:00Z").mix).toBe("consumption");
  });

  it("names zones that are near", () => {
    expect(missing("fr")).toContain("near: FR");
    expect(missing("US-CAL-CISOO")).toContain("near: US-CAL-CISO");
  });

  it("refuses groups of countries, an average of 0, an empty name and inherited names", () => {
    expect(missing("EU")).toContain("a group of countries, not a grid");
    expect(missing("G20")).toContain("a group of countries, not a grid");
    expect(missing("CAF")).toContain("its country average is 0");
    expect(missing("")).toBe("no zone is given");
    expect(missing("constructor")).toContain("not in the table");
  });

  it("always gives a factor that is in force at the instant", () => {
    const zones = fc.constantFrom("FR", "US-TEX-ERCO", "SE-SE3", "POL", "WORLD");
    const times = fc.bigInt({ min: 0n, max: 4_000_000_000n * 1_000_000_000n });
    fc.assert(
      fc.property(zones, times, (zone, unixNano) => {
        const at = instantOf(unixNano);
        const found = source.factorAt(zone, at);
        if ("missing" in found) throw new Error(found.missing);
        expect(compareInstants(found.from, at)).toBeLessThanOrEqual(0);
        expect(compareInstants(at, found.to)).toBeLessThan(0);
        expect(found.gramsPerKwh).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  it("names the version of the package that is installed", () => {
    const entry = createRequire(import.meta.url).resolve("@tgwf/co2");
    const manifest = JSON.parse(readFileSync(entry.replace(/dist.*$/, "package.json"), "utf8"));
    expect(tableVersion).toBe(`@tgwf/co2 ${manifest.version}`);
  });
});

describe("subZonesOf", () => {
  it("lists the zones inside a country zone", () => {
    expect(subZonesOf("US")).toContain("US-CAL-CISO");
    expect(subZonesOf("FR")).toEqual(["FR-COR"]);
    expect(subZonesOf("PL")).toEqual([]);
  });
});

const folder = fileURLToPath(new URL("../../../../../shared/data/carbon", import.meta.url));

describe.skipIf(!existsSync(folder))(
  existsSync(folder)
    ? "against the published tables"
    : "against the published tables (skipped: its data folder is not beside the project)",
  () => {
    it.each([2024, 2025])("agrees in every zone of %i", (year) => {
      const path = `${folder}/electricity-maps-odbl/electricitymaps_yearly_zone_${year}.json`;
      const table: Record<string, { carbonIntensity: { value: number } }> = JSON.parse(
        readFileSync(path, "utf8"),
      );
      const zones = Object.entries(table);
      expect(zones).toHaveLength(352);
      for (const [zone, { carbonIntensity }] of zones) {
        expect([zone, factor(zone, `${year}-07-01T00:00:00Z`).gramsPerKwh]).toEqual([
          zone,
          carbonIntensity.value,
        ]);
      }
    });

    it("agrees with every country average above 0", () => {
      const path = `${folder}/ember-unfccc-cc-by-sa/ember_average_by_country.json`;
      type Row = { country_code: string; emissions_intensity_gco2_per_kwh: number };
      const rows: Row[] = Object.values(JSON.parse(readFileSync(path, "utf8")));
      const countries = rows.filter((row) => row.emissions_intensity_gco2_per_kwh > 0);
      const coded = countries.filter((row) => row.country_code !== "");
      expect(coded.length).toBeGreaterThan(200);
      for (const { country_code, emissions_intensity_gco2_per_kwh } of coded) {
        expect(factor(country_code, "2025-07-01T00:00:00Z").gramsPerKwh).toBe(
          emissions_intensity_gco2_per_kwh,
        );
      }
    });
  },
);

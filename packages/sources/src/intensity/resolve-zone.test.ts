import { describe, expect, it } from "vitest";
import { cloudRegions } from "./cloud-regions.ts";
import { resolveZone } from "./resolve-zone.ts";
import { createStaticIntensity } from "./static.ts";
import { yearlyZoneFactors } from "./yearly-zones.ts";

const aws = { cloudProvider: "aws", cloudRegion: "eu-west-1" };

describe("resolveZone", () => {
  it("takes the zone that is told, then the region's, then the country, and says which", () => {
    expect(resolveZone({ zone: "FR", ...aws, country: "DE" })).toEqual({
      zone: "FR",
      rule: "zone",
    });
    expect(resolveZone({ ...aws, country: "DE" })).toEqual({ zone: "IE", rule: "cloud_region" });
    expect(resolveZone({ country: "de" })).toEqual({ zone: "DE", rule: "country" });
    expect(resolveZone({ cloudProvider: "aws", cloudRegion: "xx-1", country: "DEU" })).toEqual({
      zone: "DEU",
      rule: "country",
    });
  });

  it.each([
    ["AWS", "us-east-1", "US-MIDA-PJM"],
    ["azure", "West Europe", "NL"],
    ["azure", "northeurope", "IE"],
    ["google_cloud", "me-central1", "QA"],
    ["oracle_cloud", "uk-london-1", "GB"],
    ["ovhcloud", "GRA11", "FR"],
    ["ovh", "US-EAST-VA-1", undefined],
    ["aws", "us-west-2", "US-NW-PACW"],
  ])("knows %s %s", (cloudProvider, cloudRegion, zone) => {
    const found = resolveZone({ cloudProvider, cloudRegion });
    expect("missing" in found ? undefined : found.zone).toBe(zone);
  });

  it("lets the operator decide otherwise", () => {
    const overrides = new Map([["AWS/us-west-2", "US-NW-BPAT"]]);
    expect(resolveZone({ cloudProvider: "aws", cloudRegion: "us-west-2" }, overrides)).toEqual({
      zone: "US-NW-BPAT",
      rule: "configured_region",
    });
    expect(resolveZone(aws, overrides)).toMatchObject({ rule: "cloud_region" });
  });

  it("has no zone, and says why, where nothing is known", () => {
    expect(resolveZone({})).toEqual({
      missing: "neither zone nor cloud region nor country is told",
    });
    expect(resolveZone({ zone: "" })).toHaveProperty("missing");
    expect(resolveZone({ cloudProvider: "aws", cloudRegion: "eu-west-l" })).toEqual({
      missing: expect.stringMatching(
        /^no zone is known for cloud region aws\/eu-west-l; near: aws/,
      ),
    });
    expect(resolveZone({ country: "France" })).toEqual({ missing: '"France" is no country code' });
  });
});

describe("cloudRegions", () => {
  it("leads every region to a zone that has a yearly factor", () => {
    expect(cloudRegions.size).toBeGreaterThan(190);
    for (const [region, zone] of cloudRegions) {
      expect([region, yearlyZoneFactors(zone).length > 0]).toEqual([region, true]);
    }
  });

  it("has all regions of Google's own table", () => {
    const source = createStaticIntensity();
    const now = { epoch: 29_000_000, ns: 0 };
    for (const [key] of cloudRegions) {
      if (!key.startsWith("gcp/") || key === "gcp/asia-southeast3") continue;
      expect([key, source.factorAt(key.replace("/", ":"), now)]).toEqual([
        key,
        expect.objectContaining({ provider: "google_cloud" }),
      ]);
    }
  });
});

import { expect, it } from "vitest";
import { providerPues, resolvePue } from "./provider-pue.ts";

it("takes what is told, else the middle of what the provider of the region publishes", () => {
  const paris = { cloudProvider: "AWS", cloudRegion: "eu-west-3" };
  expect(resolvePue({ ...paris, pue: 1.3 })).toEqual({ pue: 1.3, rule: "pue" });
  expect(resolvePue(paris)).toMatchObject({
    pue: 1.185,
    rule: "cloud_provider",
    lower: 1.07,
    upper: 1.46,
    year: 2024,
  });
  expect(resolvePue({ cloudProvider: "Azure", cloudRegion: "West Europe" })).toMatchObject({
    pue: 1.14,
    provider: "azure",
  });
});

it("makes none up", () => {
  expect(resolvePue({ country: "FR" })).toHaveProperty("missing");
  expect(resolvePue({ cloudProvider: "aws" })).toHaveProperty("missing");
  expect(resolvePue({ cloudProvider: "ovh", cloudRegion: "gra" })).toEqual({
    missing: "no published pue of ovh is known",
  });
});

it("has rows with range, year, source and licence", () => {
  for (const { value, lower, upper, year, source, licence } of providerPues) {
    expect(lower).toBeGreaterThanOrEqual(1);
    expect(value).toBeGreaterThan(lower);
    expect(upper).toBeGreaterThan(value);
    expect(year).toBeGreaterThan(2022);
    expect([source, licence]).not.toContain("");
  }
});

import { instantOf } from "@wattspan/footprint";
import { describe, expect, it } from "vitest";
import { createFixedIntensity } from "./fixed.ts";

const now = instantOf(1_790_000_000_000_000_000n);

describe("createFixedIntensity", () => {
  it("gives the configured value, and says that it is one", () => {
    const source = createFixedIntensity({ gramsPerKwh: new Map([["FR", 21]]) });
    expect(source.factorAt("FR", now)).toMatchObject({
      id: "fixed/FR/21",
      gramsPerKwh: 21,
      tier: "yearly_zone",
      basis: "lifecycle",
      provider: "static",
      datasetVersion: "configuration",
    });
  });

  it("takes tier and basis from its options", () => {
    const source = createFixedIntensity({
      gramsPerKwh: new Map([["rack-7", 12.5]]),
      tier: "yearly_country",
      basis: "direct",
    });
    expect(source.factorAt("rack-7", now)).toMatchObject({
      tier: "yearly_country",
      basis: "direct",
      gramsPerKwh: 12.5,
    });
  });

  it("has no value for a zone that is not listed", () => {
    const source = createFixedIntensity({ gramsPerKwh: new Map([["FR", 21]]) });
    expect(source.factorAt("fr", now)).toEqual({
      missing: 'no value is configured for zone "fr"; near: FR',
    });
    expect(source.factorAt("US-TEX-ERCO", now)).toEqual({
      missing: 'no value is configured for zone "US-TEX-ERCO"',
    });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d g/kWh", (grams) => {
    expect(() => createFixedIntensity({ gramsPerKwh: new Map([["FR", grams]]) })).toThrow(
      "zone FR",
    );
  });
});

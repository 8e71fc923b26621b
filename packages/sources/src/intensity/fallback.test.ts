import type { EmissionFactor, FactorTier, IntensitySource } from "@wattspan/footprint";
import { describe, expect, it } from "vitest";
import { createFallback } from "./fallback.ts";
import { createFixedIntensity } from "./fixed.ts";
import { createStaticIntensity } from "./static.ts";

const now = { epoch: 29_000_000, ns: 0 };

function source(tier: FactorTier, extra: Partial<EmissionFactor> = {}): IntensitySource {
  const factor: EmissionFactor = {
    id: `${tier}/1`,
    zone: "FR",
    gramsPerKwh: 10,
    from: now,
    to: { epoch: now.epoch + 60, ns: 0 },
    signal: "average",
    basis: "lifecycle",
    accounting: "location_based",
    tier,
    provider: "p",
    datasetVersion: "1",
    licence: "none",
    ...extra,
  };
  return {
    name: tier,
    factorAt: (zone) => (zone === "FR" ? factor : { missing: `${tier} does not know ${zone}` }),
  };
}

const chosen = (...chain: Parameters<typeof createFallback>) =>
  createFallback(...chain).factorAt("FR", now);

describe("createFallback", () => {
  it("takes the best tier, and of equal tiers the first source", () => {
    expect(chosen([source("stale"), source("measured"), source("yearly_zone")])).toMatchObject({
      tier: "measured",
    });
    expect(chosen([source("measured"), source("measured", { id: "second" })])).toMatchObject({
      id: "measured/1",
    });
  });

  it("puts the other basis last, and flags it", () => {
    const direct = source("measured", { basis: "direct" });
    expect(chosen([direct, source("yearly_zone")])).toMatchObject({ tier: "yearly_zone" });
    expect(chosen([direct])).toMatchObject({ tier: "measured", flags: ["basis_mismatch"] });
    expect(chosen([direct], { basis: "direct" })).not.toHaveProperty("flags");
  });

  it("never takes a marginal factor for an average one, nor the other way round", () => {
    const marginal = source("measured", { signal: "marginal" });
    expect(chosen([marginal])).toEqual({ missing: "measured has marginal factors only" });
    expect(chosen([marginal, source("world")])).toMatchObject({ tier: "world" });
    expect(chosen([source("measured")], { signal: "marginal" })).toHaveProperty("missing");
  });

  it("gives every reason where no source has a factor, and never the world's unasked", () => {
    const chain = createFallback([
      createFixedIntensity({ gramsPerKwh: new Map() }),
      createStaticIntensity(),
    ]);
    expect(chain.factorAt("ATLANTIS", now)).toEqual({
      missing:
        'no value is configured for zone "ATLANTIS"; no factor for zone "ATLANTIS": not in the table of country averages',
    });
    const world = createFallback([createStaticIntensity()], { lastZones: ["WORLD"] });
    expect(world.factorAt("ATLANTIS", now)).toMatchObject({
      tier: "world",
      gramsPerKwh: 472.94,
      flags: ["stands_in_for_ATLANTIS"],
    });
    expect(world.factorAt("FR", now)).toMatchObject({ tier: "yearly_zone" });
  });

  it("changes where any of its sources does", () => {
    const cuts = (...at: number[]): IntensitySource => ({
      ...source("measured"),
      changesIn: () => at,
    });
    expect(createFallback([source("world")]).changesIn).toBeUndefined();
    const chain = createFallback([cuts(5, 9), source("world"), cuts(3, 9)]);
    expect(chain.changesIn?.("FR", 1)).toEqual([3, 5, 9]);
  });
});

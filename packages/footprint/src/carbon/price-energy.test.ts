import { expect, it } from "vitest";
import type { DeviceEnergy } from "../attribution/sum-energy.ts";
import type { Instant } from "../instant.ts";
import type { EmissionFactor, IntensitySource } from "./intensity-source.ts";
import { priceEnergy } from "./price-energy.ts";

const factor = (id: string, gramsPerKwh: number): EmissionFactor => ({
  id,
  zone: "FR",
  gramsPerKwh,
  from: { epoch: 0, ns: 0 },
  to: { epoch: 1e6, ns: 0 },
  signal: "average",
  basis: "lifecycle",
  accounting: "location_based",
  tier: "measured",
  provider: "static",
  datasetVersion: "1",
  licence: "none",
});

/** 100 g/kWh before epoch 60, 400 g/kWh from there on. */
const hourly: IntensitySource = {
  name: "hourly",
  factorAt: (zone, at: Instant) =>
    zone === "FR"
      ? factor(...((at.epoch < 60 ? ["a", 100] : ["b", 400]) as [string, number]))
      : { missing: "unknown_zone" },
};

function drawn(...slices: readonly (readonly [epoch: number, joules: number])[]): DeviceEnergy {
  const joules = slices.reduce((sum, [, one]) => sum + one, 0);
  return {
    device: { key: "n/a", node: "n", id: "a" },
    dynamicJoules: joules,
    idleJoules: 0,
    lowerJoules: joules,
    upperJoules: joules,
    coveredNs: 1,
    windowJoules: joules,
    slices: slices.map(([epoch, one]) => ({ epoch, ns: 0, joules: one })),
    meterKind: "counter",
    isModelled: false,
    idlePolicy: "separate",
    timeShape: "busy",
  };
}

it("prices joules by PUE and the factor of their hour", () => {
  // 1 kWh at the meter, 1.5 kWh at the facility's door, 100 g each.
  expect(priceEnergy([drawn([10, 3.6e6])], "FR", 1.5, hourly)).toMatchObject({
    gramsCo2e: 150,
    gramsPerKwh: 100,
    factor: { id: "a" },
  });
});

it("splits at a factor's boundary and gives the energy-weighted mean without a factor", () => {
  const priced = priceEnergy([drawn([59, 3 * 3.6e5], [60, 3.6e5])], "FR", 1, hourly);
  expect(priced).toEqual({ gramsCo2e: 0.3 * 100 + 0.1 * 400, gramsPerKwh: expect.closeTo(175, 9) });
});

it("sums devices", () => {
  const priced = priceEnergy([drawn([1, 3.6e6]), drawn([2, 7.2e6])], "FR", 1, hourly);
  expect(priced).toMatchObject({ gramsCo2e: 300 });
});

it("gives no figure, and why, where something is not known", () => {
  expect(priceEnergy([drawn([1, 5])], undefined, 1, hourly)).toEqual({ missing: "no_zone" });
  expect(priceEnergy([drawn([1, 5])], "FR", 1, undefined)).toEqual({
    missing: "no_intensity_source",
  });
  expect(priceEnergy([drawn([1, 5])], "XX", 1, hourly)).toEqual({ missing: "unknown_zone" });
});

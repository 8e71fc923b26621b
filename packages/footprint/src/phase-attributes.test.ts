import { expect, it } from "vitest";
import { asDouble } from "./attributes.ts";
import type { Footprint } from "./footprint.ts";
import {
  areAlike,
  type PhaseDescription,
  phaseAttributes,
  phaseFigures,
} from "./phase-attributes.ts";

const device = {
  device: { key: "n/a", node: "n", id: "GPU-1" },
  dynamicJoules: 10.5,
  idleJoules: 0,
  lowerJoules: 8.5,
  upperJoules: Infinity,
  coveredNs: 1,
  windowJoules: 99.5,
  slices: [],
  meterKind: "power" as const,
  isModelled: false,
  idlePolicy: "separate" as const,
  timeShape: "busy" as const,
};
const measured: Footprint = {
  status: "measured",
  pue: 2,
  energy: { ...device, energyJoules: 10.5, coverage: 1, devices: [device] },
};
const description = {
  phase: "decode",
  intervalSource: "vllm_latency",
  weights: "priced",
  revision: 0,
} as const;
const mapOf = (list: readonly { key: string; value: unknown }[]): Record<string, unknown> =>
  Object.fromEntries(list.map(({ key, value }) => [key, value]));

it("writes energy after PUE, and leaves out what is not known", () => {
  const written = mapOf(phaseAttributes(measured, description, "standard"));
  expect(written).toMatchObject({
    "footprint.inference.phase": "decode",
    "footprint.energy.accelerator": 10.5,
    "footprint.energy.total": asDouble(21),
    "footprint.energy.lower": asDouble(17),
    "footprint.energy.source": "power_integration",
    "footprint.attribution.method": "price_weighted",
    "footprint.methodology.boundary": "facility",
    "footprint.device.ids": ["GPU-1"],
    "footprint.device.count": 1n,
  });
  for (const key of [
    "footprint.energy.upper",
    "footprint.carbon.total",
    "footprint.energy.window",
    "footprint.attribution.time_shape",
  ]) {
    expect(written).not.toHaveProperty([key]);
  }
  expect(Number(written["footprint.measurement.coverage"])).toBeLessThan(1);
});

it("writes no energy at all where it is missing", () => {
  const written = phaseAttributes(
    { status: "missing", reason: "no_reading", pue: 1 },
    description,
    "full",
  );
  expect(written.filter(({ key }) => /energy|carbon|coverage/.test(key))).toEqual([]);
  expect(mapOf(written)).toMatchObject({
    "footprint.measurement.status": "missing",
    "footprint.attribution.reason": "no_reading",
  });
});

it("shows a KV transfer's window and charges nothing", () => {
  const written = mapOf(
    phaseAttributes(measured, { ...description, phase: "kv_transfer" }, "standard"),
  );
  expect(written).toMatchObject({ "footprint.energy.window": 99.5 });
  expect(written).not.toHaveProperty(["footprint.energy.total"]);
});

it("says less at minimal and more at full", () => {
  const keys = (detail: "minimal" | "standard" | "full"): number =>
    phaseAttributes(measured, description, detail).length;
  expect(keys("minimal")).toBe(4);
  expect(keys("standard")).toBeGreaterThan(keys("minimal"));
  expect(keys("full")).toBeGreaterThan(keys("standard"));
});

const factor = {
  id: "table/FR",
  zone: "FR",
  gramsPerKwh: 30,
  from: { epoch: 0, ns: 0 },
  to: { epoch: 9, ns: 0 },
  signal: "average",
  basis: "lifecycle",
  accounting: "location_based",
  tier: "yearly_zone",
  provider: "static",
  datasetVersion: "1",
  licence: "CC0",
} as const;
const priced: Footprint = { ...measured, zone: "FR", gramsCo2e: 0.5, gramsPerKwh: 30, factor };
const energy = priced.energy as NonNullable<Footprint["energy"]>;
const onDevice = (more: object): Footprint => ({
  ...priced,
  energy: { ...energy, devices: [{ ...device, ...more }] },
});
const named: PhaseDescription = { ...description, model: "m", processedTokens: 7 };

/** Everything but the figures, as text. */
function traitsOf(footprint: Footprint, described: PhaseDescription): readonly string[] {
  const figures = new Set(phaseFigures("full").map(({ key }) => key));
  return phaseAttributes(footprint, described, "full")
    .filter(({ key }) => !figures.has(key))
    .map(({ key, value }) => `${key}=${value}`);
}

it.each<readonly [string, Footprint, PhaseDescription]>([
  ["phase", priced, { ...named, phase: "prefill" }],
  ["model", priced, { ...named, model: "other" }],
  ["interval source", priced, { ...named, intervalSource: "instrumentation" }],
  ["weights", priced, { ...named, weights: "time" }],
  ["revision", priced, { ...named, revision: 1 }],
  ["status", { ...priced, status: "provisional" }, named],
  ["reason", { ...priced, reason: "gap" }, named],
  ["factor", { ...priced, factor: { ...factor, id: "table/2" } }, named],
  ["no factor", { ...priced, factor: undefined }, named],
  ["zone", { ...priced, zone: "DE" }, named],
  ["PUE", { ...priced, pue: 1 }, named],
  ["weights of its own", { ...priced, weights: "tokens" }, named],
  ["no energy", { ...priced, energy: undefined }, named],
  ["devices", { ...priced, energy: { ...energy, devices: [device, device] } }, named],
  ["device", onDevice({ device: { ...device.device, id: "GPU-2" } }), named],
  ["idle policy", onDevice({ idlePolicy: "shared" }), named],
  ["time shape", onDevice({ timeShape: "uniform" }), named],
  ["a model for a meter", onDevice({ isModelled: true }), named],
  ["meter", onDevice({ meterKind: "counter" }), named],
])("tells phases apart by %s", (_, footprint, described) => {
  expect(traitsOf(footprint, described)).not.toEqual(traitsOf(priced, named));
  expect(areAlike(footprint, described, priced, named)).toBe(false);
});

it("takes phases for alike that differ in their numbers alone", () => {
  const other: Footprint = {
    ...priced,
    gramsCo2e: 7,
    energy: { ...energy, energyJoules: 1, lowerJoules: 0, upperJoules: 2, coverage: 0.9 },
  };
  const described = { ...named, processedTokens: 8 };
  expect(areAlike(other, described, priced, named)).toBe(true);
  expect(traitsOf(other, described)).toEqual(traitsOf(priced, named));
  expect(phaseAttributes(other, described, "full")).not.toEqual(
    phaseAttributes(priced, named, "full"),
  );
});

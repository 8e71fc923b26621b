import fc from "fast-check";
import { expect, it } from "vitest";
import { asDouble, phaseAttributes, requestAttributes, traceAttributes } from "./attributes.ts";
import type { Footprint } from "./footprint.ts";

it("gives a double that no serializer takes for an int, next to the value", () => {
  expect(asDouble(0)).toBe(Number.MIN_VALUE);
  expect(asDouble(12.5)).toBe(12.5);
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (value) => {
      const double = asDouble(value);
      expect(Number.isInteger(double)).toBe(false);
      expect(Math.abs(double - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -50 + 5e-324);
    }),
  );
});

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

it("rolls requests and traces up under names of their own", () => {
  const total = { status: "measured", totalJoules: 12.5, gramsCo2e: 0.5 } as const;
  expect(mapOf(requestAttributes(total, true, 0, "standard"))).toMatchObject({
    "footprint.request.energy": 12.5,
    "footprint.request.energy_band": "10-100 J",
    "footprint.request.carbon": 0.5,
  });
  expect(mapOf(traceAttributes(total, 3))).toEqual({
    "footprint.trace.energy": 12.5,
    "footprint.trace.carbon": 0.5,
    "footprint.trace.requests": 3n,
  });
});

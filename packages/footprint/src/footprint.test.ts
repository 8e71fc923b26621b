import { expect, it } from "vitest";
import type { PhaseEnergy } from "./attribution/sum-energy.ts";
import { type Footprint, type FootprintContext, footprintOf } from "./footprint.ts";
import { energyBandOf, rollUp } from "./roll-up.ts";

function energy(joules: number, coverage = 1, isModelled = false): PhaseEnergy {
  const figures = {
    dynamicJoules: joules,
    idleJoules: 0,
    lowerJoules: joules / 2,
    upperJoules: joules * 2,
    windowJoules: joules,
  };
  const device = {
    ...figures,
    device: { key: "n/a", node: "n", id: "a" },
    coveredNs: 1,
    slices: [],
    meterKind: "counter" as const,
    isModelled,
    idlePolicy: "separate" as const,
    timeShape: "busy" as const,
  };
  return { ...figures, energyJoules: joules, coverage, devices: [device] };
}

const context: FootprintContext = {
  intensity: undefined,
  isGuessed: false,
  isAssumedWeight: false,
  includesQueueing: false,
  isProvisional: false,
};

it.each<[string, PhaseEnergy | undefined, Partial<FootprintContext>, string, string | undefined]>([
  ["nothing", undefined, {}, "missing", "no_reading"],
  ["no coverage", energy(5, 0), { unplaced: "unknown_worker" }, "missing", "unknown_worker"],
  ["a modelled meter, before a gap", energy(5, 0.5, true), {}, "estimated", "device_model"],
  [
    "a gap, before the rest",
    energy(5, 0.5),
    { includesQueueing: true, isProvisional: true },
    "partial",
    "gap",
  ],
  ["queueing", energy(5), { includesQueueing: true, isGuessed: true }, "partial", "queueing"],
  ["guessed devices", energy(5), { isGuessed: true }, "partial", "devices_unknown"],
  ["assumed tokens", energy(5), { isAssumedWeight: true }, "partial", "tokens_unknown"],
  ["an open window", energy(5), { isProvisional: true }, "provisional", "open_window"],
  ["everything known but the zone", energy(5), {}, "measured", "no_zone"],
])("judges %s", (_, given, more, status, reason) => {
  const footprint = footprintOf(given, { ...context, ...more });
  expect([footprint.status, footprint.reason]).toEqual([status, reason]);
  expect(footprint.energy).toBe(status === "missing" ? undefined : given);
  expect(footprint.gramsCo2e).toBeUndefined();
});

const part = (joules: number, more: Partial<Footprint> = {}): Footprint => ({
  status: "measured",
  energy: energy(joules),
  pue: 1.5,
  gramsCo2e: joules / 10,
  ...more,
});

it("rolls up joules at the meter and after PUE, bounds and grams", () => {
  expect(rollUp([part(10), part(20, { pue: 1 })])).toEqual({
    status: "measured",
    meterJoules: 30,
    totalJoules: 35,
    lowerJoules: 15,
    upperJoules: 60,
    gramsCo2e: 3,
  });
});

it("has the worst status of its parts, and no grams where one has none", () => {
  const { gramsCo2e: _, ...withoutGrams } = part(1, { status: "partial" });
  const total = rollUp([part(1), withoutGrams]);
  expect(total).toMatchObject({ status: "partial", meterJoules: 2 });
  expect(total.gramsCo2e).toBeUndefined();
});

it("never sums what is missing or of another class", () => {
  const missing: Footprint = { status: "missing", pue: 1 };
  expect(rollUp([part(1), missing])).toEqual({ status: "partial" });
  expect(rollUp([missing, missing])).toEqual({ status: "missing" });
  expect(rollUp([])).toEqual({ status: "missing" });
  expect(rollUp([part(1), part(1, { status: "estimated" })])).toEqual({ status: "partial" });
  expect(rollUp([part(1, { status: "estimated" })])).toMatchObject({
    status: "estimated",
    meterJoules: 1,
  });
});

it.each([
  [0.05, "0.01-0.1 J"],
  [12, "10-100 J"],
  [100, "100-1000 J"],
  [0, "0.001-0.01 J"],
])("%f J is in the band %s", (joules, band) => {
  expect(energyBandOf(joules)).toBe(band);
});

import { elapsedNs, type Instant } from "@wattspan/footprint";
import { describe, expect, it } from "vitest";
import { createPowerTimer, nvidiaPowerReachMs, type PowerField } from "./power-sensor.ts";

const at = (ms: number): Instant => ({ epoch: 29_000_000, ns: ms * 1e6 });

it.each<readonly [model: string, average: number, instant: number]>([
  // A mean over a second, renewed every tenth of one.
  ["NVIDIA H100 80GB HBM3", 1100, 200],
  ["NVIDIA H200", 1100, 200],
  ["NVIDIA L40S", 1100, 200],
  ["NVIDIA A10", 1100, 200],
  ["NVIDIA GeForce RTX 4090", 1100, 200],
  ["NVIDIA RTX A1000", 1100, 200],
  // Both fields are one sensor.
  ["NVIDIA A100-SXM4-80GB", 125, 125],
  ["NVIDIA A30", 125, 125],
  ["Tesla T4", 200, 200],
  ["NVIDIA GeForce RTX 2080 SUPER", 200, 200],
  ["Tesla V100-SXM2-16GB", 30, 30],
  ["a card of next year", 1100, 200],
])("knows how far back the power of %s reaches", (model, average, instant) => {
  const reaches = (["average", "instant"] as const).map((field) =>
    nvidiaPowerReachMs(field, model),
  );
  expect(reaches).toEqual([average, instant]);
});

describe("createPowerTimer", () => {
  const timesOf = (field: PowerField, model: string, asked: readonly number[]) => {
    const timer = createPowerTimer(field, model);
    return asked.flatMap((ms) => {
      const time = timer(at(ms));
      return time === undefined
        ? []
        : [[elapsedNs(at(0), time.earliest) / 1e6, elapsedNs(at(0), time.at) / 1e6]];
    });
  };
  const everyTenth = Array.from({ length: 31 }, (_, i) => 2000 + 100 * i);

  it("takes one of each window of means that overlap, with all that it may tell of", () => {
    expect(timesOf("average", "NVIDIA H100 80GB HBM3", everyTenth)).toEqual([
      [900, 2000],
      [1900, 3000],
      [2900, 4000],
      [3900, 5000],
    ]);
  });

  it("takes every value of a sensor whose windows do not overlap", () => {
    expect(timesOf("instant", "NVIDIA H100 80GB HBM3", everyTenth)).toHaveLength(31);
    expect(timesOf("average", "NVIDIA A100-SXM4-80GB", [0, 12, 24])).toEqual([
      [-125, 0],
      [-113, 12],
      [-101, 24],
    ]);
  });
});

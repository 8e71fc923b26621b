import { expect, it } from "vitest";
import type { FleetFigure } from "../device/fleet-figures.ts";
import { oneDevice } from "../pipeline.test.fixture.ts";
import { createFootprintMetrics } from "./footprint-metrics.ts";

const nothing = { tokens: 0, joules: 0, facilityJoules: 0 };

it("tells tokens, joules and grams of each pool, and no grams where they are not known", async () => {
  const figures: FleetFigure[] = [
    {
      ...{ model: "llama", pool: "one", zone: "FR" },
      prefill: { tokens: 1000, joules: 40, facilityJoules: 50, carbonGrams: 0.5 },
      decode: { tokens: 200, joules: 80, facilityJoules: 100, carbonGrams: 1 },
    },
    { pool: "two", prefill: nothing, decode: { tokens: 7, joules: 3, facilityJoules: 4 } },
  ];
  const metrics = createFootprintMetrics(oneDevice, () => ({
    balances: () => [],
    deviceKinds: new Map(),
    nodes: [],
    fleet: () => figures,
  }));
  const read = async (): Promise<Record<string, number>> => {
    const page = await metrics.render();
    const lines = page.matchAll(/^footprint_fleet_(tokens|energy|carbon)\w*\{(.*)\} (\S+)/gm);
    return Object.fromEntries(
      [...lines].map(([, name, labels = "", value]) => {
        const words = ["phase", "model", "pool", "zone"].flatMap(
          (key) => new RegExp(`${key}="(.*?)"`).exec(labels)?.[1] ?? [],
        );
        return [[name, ...words].join(" "), Number(value)];
      }),
    );
  };
  expect(await read()).toEqual({
    "tokens prefill llama one FR": 1000,
    "tokens decode llama one FR": 200,
    "tokens prefill two": 0,
    "tokens decode two": 7,
    "energy prefill llama one FR": 50,
    "energy decode llama one FR": 100,
    "energy prefill two": 0,
    "energy decode two": 4,
    "carbon prefill llama one FR": 0.5,
    "carbon decode llama one FR": 1,
  });
  // A late reading lowers a sum.
  figures[1] = {
    pool: "two",
    prefill: nothing,
    decode: { tokens: 5, joules: 2, facilityJoules: 3 },
  };
  expect(await read()).toMatchObject({ "tokens decode two": 5, "energy decode two": 3 });
});

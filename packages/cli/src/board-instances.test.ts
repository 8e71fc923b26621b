import { createPipeline } from "@wattspan/gateway";
import { expect, it } from "vitest";
import { configProblems } from "./config/check.ts";
import { fileConfig } from "./config/config.ts";
import { loadConfig } from "./config/load-config.ts";
import { formatProblem } from "./config/problem.ts";
import { resolvePipeline } from "./config/resolve-pipeline.ts";

const T0 = 1_795_000_020_000;
const instances = [
  { id: "MIG-a", profile: "1g.6gb" },
  { id: "MIG-b", profile: "1g.6gb" },
  { id: "MIG-c", slices: 2 },
];
const nodes = [
  {
    name: "node-a",
    zone: "FR",
    devices: [{ id: "GPU-a30", idle_watts: 40, max_watts: 165, instances }],
  },
];

it("shares a board's joules among its instances, by slices, and each joule once", () => {
  const pipeline = createPipeline(
    resolvePipeline(fileConfig.parse({ nodes })),
    () => true,
    () => T0,
  );
  // The board as dcgm-exporter repeats it for each instance, through a collector.
  const label = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  for (let second = 0; second <= 20; second += 10) {
    const dataPoints = [3, 4, 5].map((instance) => ({
      timeUnixNano: `${T0 + second * 1000}000000`,
      asInt: String(126_272_000_000 + second * 120_000 - instance),
      attributes: [label("UUID", "GPU-a30"), label("GPU_I_ID", String(instance))],
    }));
    const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints };
    const metrics = [{ name: "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", sum }];
    const resource = { attributes: [label("host.name", "node-a")] };
    const body = { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] };
    pipeline.accept("metrics", "json", Buffer.from(JSON.stringify(body)));
  }
  const span = {
    traceId: "a".repeat(32),
    spanId: "b".repeat(16),
    name: "decode",
    startTimeUnixNano: `${T0 - 15_000}000000`,
    endTimeUnixNano: `${T0 + 5_000}000000`,
    attributes: [
      label("footprint.inference.phase", "decode"),
      { key: "footprint.inference.processed_tokens", value: { intValue: 10 } },
      {
        key: "footprint.device.ids",
        value: { arrayValue: { values: [{ stringValue: "MIG-c" }] } },
      },
    ],
  };
  const body = { resourceSpans: [{ resource: {}, scopeSpans: [{ spans: [span] }] }] };
  pipeline.accept("traces", "json", Buffer.from(JSON.stringify(body)));
  pipeline.finish(T0 + 600_000);
  const { devices, requests } = pipeline.summary();
  expect(devices.map(({ device, meteredJoules }) => [device, meteredJoules])).toEqual([
    ["MIG-a", 600],
    ["MIG-b", 600],
    ["MIG-c", 1200],
  ]);
  // Half of the board: 60 W, 20 of them idle. Values of the exporter are up to 30 s old, so the readings lie 15 s back.
  const [phase] = requests[0]?.phases ?? [];
  expect(phase?.energyJoules).toBeCloseTo(40 * 20, 6);
  expect([phase?.status, phase?.reason]).toEqual(["partial", "shared_board"]);
  expect(phase?.lowerJoules).toBeLessThan(800);
});

it("says what is wrong with instances", async () => {
  const problems = async (...given: readonly object[]): Promise<readonly string[]> => {
    const text = JSON.stringify({
      nodes: [{ name: "a", devices: [{ id: "GPU-1", instances: given }] }],
      workers: [{ match: { x: "y" }, node: "a", devices: ["MIG-a"] }],
    });
    const loaded = await loadConfig({ files: ["f"], readFile: async () => text, env: {} });
    const found = loaded.config === undefined ? loaded.problems : configProblems(loaded.config, []);
    return found.map(formatProblem);
  };
  expect(await problems({ id: "MIG-a", profile: "1g.6gb" })).toEqual([]);
  expect(await problems({ id: "MIG-a", slices: 1 }, { id: "MIG-a", slices: 1 })).toEqual([
    expect.stringContaining('"MIG-a" is listed twice'),
    expect.stringContaining('"MIG-a" is listed twice'),
  ]);
  expect((await problems({ id: "MIG-a" }))[0]).toContain("either a profile");
  expect((await problems({ id: "MIG-a", profile: "big" }))[0]).toContain("not a MIG profile");
  expect((await problems({ id: "MIG-b", slices: 1 }))[0]).toContain(
    "there is no device of a called",
  );
});

it("gives instances their part of the board's limits", () => {
  const [node] = resolvePipeline(fileConfig.parse({ nodes })).nodes;
  expect(node?.devices[2]).toMatchObject({
    id: "MIG-c",
    board: { id: "GPU-a30", share: 0.5 },
    idleWatts: 20,
    maxWatts: 82.5,
  });
  // By activity one instance may draw all that the board draws above idle.
  const busy = instances.map((one, i) => ({ ...one, gpu_instance: i }));
  const [other] = resolvePipeline(
    fileConfig.parse({
      nodes: [{ ...nodes[0], devices: [{ ...nodes[0]?.devices[0], instances: busy }] }],
    }),
  ).nodes;
  expect(other?.devices[0]).toMatchObject({ idleWatts: 10, maxWatts: 135 });
});

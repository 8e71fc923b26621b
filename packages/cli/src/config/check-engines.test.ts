import { expect, it } from "vitest";
import { engineProblems, engineWarnings } from "./check-engines.ts";
import { fileConfig } from "./config.ts";

const nodes = [{ name: "node-a", aliases: ["10.0.0.7"], devices: [{ id: "GPU-1" }] }];
const endpoint = "http://127.0.0.1:8000/metrics";

function problemsOf(...engines: readonly Record<string, unknown>[]): string[] {
  const config = fileConfig.parse({ nodes, engines });
  return [...engineProblems(config), ...engineWarnings(config)].map(
    ({ path, message }) => `${path} ${message}`,
  );
}

it("finds nothing wrong with engines that can be placed", () => {
  expect(problemsOf({ endpoint }, { endpoint: `${endpoint}2`, node: "10.0.0.7" })).toEqual([]);
  expect(problemsOf({ endpoint, node: "node-a", devices: ["GPU-1"], interval: "15s" })).toEqual([]);
});

it("says everything that is wrong, with where it stands", () => {
  expect(
    problemsOf(
      { endpoint, devices: ["GPU-1"] },
      { endpoint, node: "node-b" },
      { endpoint: `${endpoint}2`, node: "node-a", devices: ["GPU-2"], interval: "60s" },
    ),
  ).toEqual([
    "engines[0].node is missing: devices are those of a node",
    "engines[1].endpoint is that of engines[0]",
    'engines[1].node no node is called "node-b"',
    'engines[2].devices[0] there is no device of node-a called "GPU-2"',
    "engines[2].interval is longer than 20s: that says what tokens take, but not what runs beside a sampled trace",
  ]);
});

it("knows the parts of a board, which work is on, and not the board", () => {
  const board = { id: "GPU-2", instances: [{ id: "MIG-2-a", slices: 3 }] };
  const config = fileConfig.parse({
    nodes: [{ name: "node-a", devices: [board] }],
    engines: [{ endpoint, node: "node-a", devices: ["MIG-2-a", "GPU-2"] }],
  });
  expect(engineProblems(config)).toEqual([
    {
      path: "engines[0].devices[1]",
      message: 'there is no device of node-a called "GPU-2"',
    },
  ]);
});

it("takes a probability, or that it is unknown", () => {
  expect(fileConfig.parse({}).sampling).toEqual({ probability: 1 });
  expect(fileConfig.parse({ sampling: { probability: "unknown" } }).sampling.probability).toBe(
    "unknown",
  );
  for (const probability of [0, 1.1, -1, "some"]) {
    expect(fileConfig.safeParse({ sampling: { probability } }).success).toBe(false);
  }
});

it("says that a restart forgets what engines counted", () => {
  const config = fileConfig.parse({
    nodes,
    engines: [{ endpoint }],
    spool: { directory: "/spool" },
  });
  expect(engineWarnings(config)).toMatchObject([{ path: "engines" }]);
});

import { readFileSync } from "node:fs";
import { meterSourceTypes } from "@wattspan/sources";
import { describe, expect, it } from "vitest";
import { meterProblems, meterWarnings } from "./check-meters.ts";
import { fileConfig } from "./config.ts";
import { formatProblem } from "./problem.ts";

const nodes = [{ name: "a", aliases: ["10.0.0.7"], devices: [{ id: "GPU-1" }] }];
const endpoint = "http://127.0.0.1:9400/metrics";

const problems = (...sources: readonly object[]): readonly string[] =>
  meterProblems(fileConfig.parse({ nodes, meters: { sources } })).map(formatProblem);

describe("meters.sources", () => {
  it("are read with their durations", () => {
    const given = { type: "dcgm", endpoint, interval: "30s", exporter_interval: "1s", node: "a" };
    expect(fileConfig.parse({ meters: { sources: [given] } }).meters.sources).toEqual([
      { type: "dcgm", endpoint, node: "a", intervalMs: 30_000, maxAgeMs: 1000 },
    ]);
    expect(fileConfig.parse({}).meters.sources).toEqual([]);
  });

  it.each([
    [{ type: "dcgmm" }],
    [{ type: "dcgm", endpoint: "127.0.0.1:9400" }],
    [{ type: "dcgm", interval: "0s" }],
    [{ type: "dcgm", interval: 30 }],
    [{ endpoint }],
    [{ type: "dcgm", headers: { "a b": "c" } }],
  ])("are not read from %j", (source) => {
    expect(fileConfig.safeParse({ meters: { sources: [source] } }).success).toBe(false);
  });

  it("are sound with a place", () => {
    expect(
      problems(
        { type: "dcgm", endpoint },
        { type: "dcgm", endpoint: "http://10.0.0.8:9400/metrics", node: "10.0.0.7" },
        { type: "nvml", node: "a" },
        { type: "trtllm", device: "GPU-1" },
        { type: "prometheus", matchers: 'job="x"' },
        { type: "prometheus", matchers: 'job="y"' },
      ),
    ).toEqual([]);
  });

  it("are wrong without it, all at once", () => {
    expect(
      problems(
        { type: "nvml", endpoint },
        { type: "dcgm", node: "b", device: "GPU-1", matchers: "x" },
        { type: "trtllm" },
        { type: "trtllm", device: "GPU-1" },
      ),
    ).toEqual([
      "meters.sources[0].node: is missing: nvml reads the machine that the gateway runs on",
      "meters.sources[0].endpoint: does not go with nvml, which reads this machine",
      "meters.sources[1].device: does not go with dcgm, whose readings name theirs",
      "meters.sources[1].matchers: goes with type: prometheus only",
      'meters.sources[1].node: no node is called "b"',
      "meters.sources[2].device: is missing: the page names none; only for a worker on one device",
      "meters.sources[3]: is the same as meters.sources[2]",
    ]);
  });

  it("stand in the manual, each with its state", () => {
    const manual = readFileSync(new URL("../../../../docs/meters.md", import.meta.url), "utf8");
    const rows = [...manual.matchAll(/^\| `([\w-]+)` +\|.*\| (recorded|unverified) +\|$/gm)];
    expect(rows.map(([, type, state]) => [type, state])).toEqual(
      meterSourceTypes.map(({ type, isUnverified }) => [
        type,
        isUnverified ? "unverified" : "recorded",
      ]),
    );
  });

  it("say which type is unverified", () => {
    const sources = meterSourceTypes.map(({ type }) => ({ type }));
    const warned = meterWarnings(fileConfig.parse({ meters: { sources } }));
    expect(warned.map(({ path }) => path)).toEqual(
      meterSourceTypes.flatMap(({ isUnverified }, i) =>
        isUnverified ? [`meters.sources[${i}].type`] : [],
      ),
    );
    expect(warned.length).toBeGreaterThan(0);
  });

  it.each(["dcgm", "prometheus", "nvidia-smi"])("say nothing of %s, which is recorded", (type) => {
    expect(meterWarnings(fileConfig.parse({ meters: { sources: [{ type }] } }))).toEqual([]);
  });
});

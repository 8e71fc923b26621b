import { instantOf } from "@wattspan/footprint";
import type { ExporterSettings } from "@wattspan/gateway";
import { describe, expect, it } from "vitest";
import { fileConfig } from "./config.ts";
import { resolvePipeline } from "./resolve-pipeline.ts";

const now = instantOf(BigInt(Date.UTC(2026, 10, 24)) * 1_000_000n);

describe("resolvePipeline", () => {
  it("maps every section", () => {
    const options = resolvePipeline(
      fileConfig.parse({
        nodes: [
          { name: "a", aliases: ["a1"], zone: "FR", pue: 1.2, devices: [{ id: "G", model: "T4" }] },
          { name: "b" },
        ],
        workers: [{ match: { x: "y" }, node: "a", devices: ["G"], dp_rank: 0 }],
        attribution: { weights: "tokens", idle_policy: "shared", time_shape: "uniform" },
        join: { linger: "1s", export_delay: "0s" },
        meters: { max_clock_skew: "20ms" },
        attributes: "full",
        dimensions: { team: ["team.name"] },
      }),
    );
    expect(options).toMatchObject({
      nodes: [
        {
          name: "a",
          aliases: ["a1"],
          zone: "FR",
          pue: 1.2,
          devices: [{ id: "G", model: "T4", maxWatts: 70, maxTokensPerSecond: 325_000 }],
        },
        { name: "b", aliases: [], devices: [] },
      ],
      workers: [{ match: new Map([["x", "y"]]), node: "a", devices: ["G"], dpRank: 0 }],
      attribution: {
        weights: "tokens",
        decodeTokenPrice: 8,
        idlePolicy: "shared",
        timeShape: "uniform",
      },
      join: { lingerMs: 1000, holdMs: 300_000, exportDelayMs: 0 },
      meters: { maxClockSkewMs: 20, maxPowerGapMs: 120_000 },
      attributes: "full",
      dimensions: new Map([["team", ["team.name"]]]),
    });
    expect(options.nodes[1]).not.toHaveProperty("zone");
  });

  it("prices a decode token by the device's peak rates and the batch", () => {
    const { nodes, attribution } = resolvePipeline(
      fileConfig.parse({
        nodes: [{ name: "a", devices: [{ id: "G", model: "T4" }, { id: "H" }] }],
        attribution: { weights: "roofline", decode_batch: 10 },
      }),
    );
    expect(attribution.weights).toBe("roofline");
    expect(nodes[0]?.devices[0]?.rooflineTokenPrice).toBeCloseTo(20.3125, 9);
    expect(nodes[0]?.devices[1]).toEqual({ id: "H" });
  });

  it("takes factors from the tables, or from the configuration", () => {
    const gramsAt = (grid: unknown) =>
      resolvePipeline(fileConfig.parse({ grid })).intensity?.factorAt("FR", now);
    expect(gramsAt({ source: "static" })).toMatchObject({ gramsPerKwh: 31, tier: "yearly_zone" });
    const fixed = { source: "fixed", grams_per_kwh: { FR: 21 }, tier: "yearly_country" };
    expect(gramsAt(fixed)).toMatchObject({ gramsPerKwh: 21, tier: "yearly_country" });
  });

  it("has exporters that the gateway takes as they are", () => {
    const { exporters } = fileConfig.parse({
      exporters: { b: { traces_endpoint: "http://b:1/v1/traces", queue: { max_size: "1MiB" } } },
    });
    const taken: Readonly<Record<string, ExporterSettings>> = exporters;
    expect(taken).toMatchObject({
      b: {
        tracesEndpoint: "http://b:1/v1/traces",
        queue: { maxBytes: 1_048_576 },
        timeoutMs: 10_000,
      },
    });
  });
});

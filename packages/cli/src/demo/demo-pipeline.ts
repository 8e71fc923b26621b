import type { IntensitySource } from "@wattspan/footprint";
import type { NodeOptions, PipelineOptions } from "@wattspan/gateway";

function node(name: string, zone: string, pue: number, prefix: string): NodeOptions {
  const devices = [0, 1, 2, 3].map((index) => ({
    id: `${prefix}${index}`,
    model: "H100-SXM",
    idleWatts: 75,
    maxWatts: 700,
  }));
  return { name, aliases: [], zone, pue, devices };
}

/** Two simulated nodes of four H100 each, prefill in France and decode in Poland. */
export function demoPipeline(intensity: IntensitySource): PipelineOptions {
  return {
    nodes: [node("node-prefill", "FR", 1.2, "GPU-p"), node("node-decode", "PL", 1.3, "GPU-d")],
    workers: [
      {
        match: new Map([["service.name", "dynamo-worker-prefill"]]),
        node: "node-prefill",
        devices: ["GPU-p0", "GPU-p1", "GPU-p2", "GPU-p3"],
      },
      {
        match: new Map([["service.name", "dynamo-worker-decode"]]),
        node: "node-decode",
        devices: ["GPU-d0", "GPU-d1", "GPU-d2", "GPU-d3"],
      },
    ],
    intensity,
    join: {
      lingerMs: 1000,
      holdMs: 5000,
      keepMs: 4_200_000,
      maxPhaseMs: 3_600_000,
      exportDelayMs: 500,
    },
    attribution: { weights: "priced", decodeTokenPrice: 8 },
    meters: {
      maxCounterGapMs: 600_000,
      maxPowerGapMs: 120_000,
      gainError: 0.05,
      maxClockSkewMs: 0,
    },
    attributes: "standard",
    dimensions: new Map(),
  };
}

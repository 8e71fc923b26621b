import type { PipelineOptions } from "@wattspan/gateway";

/** What the command takes where its file says nothing; nodes are the test's, and metrics have no dimensions. */
export const defaultPipeline: Omit<PipelineOptions, "nodes"> = {
  workers: [],
  intensity: undefined,
  join: {
    lingerMs: 10_000,
    holdMs: 300_000,
    keepMs: 4_200_000,
    maxPhaseMs: 3_600_000,
    exportDelayMs: 5000,
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

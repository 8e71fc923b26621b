import type { IntensitySource } from "@wattspan/footprint";
import type { NodeOptions, PipelineOptions, WorkerRow } from "@wattspan/gateway";

/** A worker of the fleet and the devices it runs on. */
export interface FleetWorker {
  /** `instance_id` of its spans. */
  readonly id: string;
  readonly role: "prefill" | "decode";
  readonly node: string;
  readonly devices: readonly string[];
}

const IDLE_WATTS = 75;
const MAX_WATTS = 700;

/** Eight devices on two nodes: prefill in one zone, decode in another. */
export const fleetNodes: readonly NodeOptions[] = [
  node("site-a", "FR", ["GPU-0", "GPU-1", "GPU-2", "GPU-3"]),
  node("site-b", "PL", ["GPU-4", "GPU-5", "GPU-6", "GPU-7"]),
];

/** One worker a device. */
export const singleWorkers: readonly FleetWorker[] = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({
  id: String(100 + i),
  role: i < 4 ? "prefill" : "decode",
  node: i < 4 ? "site-a" : "site-b",
  devices: [`GPU-${i}`],
}));

/** The command's default options for a fleet. */
export function fleetPipeline(
  workers: readonly FleetWorker[],
  intensity: IntensitySource,
): PipelineOptions {
  return {
    nodes: fleetNodes,
    workers: workers.map(
      ({ id, node: name, devices }): WorkerRow => ({
        match: new Map([["instance_id", id]]),
        node: name,
        devices,
      }),
    ),
    intensity,
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
}

function node(name: string, zone: string, ids: readonly string[]): NodeOptions {
  const devices = ids.map((id) => ({ id, idleWatts: IDLE_WATTS, maxWatts: MAX_WATTS }));
  return { name, aliases: [], zone, pue: 1.2, devices };
}

import type { PowerMeter } from "@wattspan/footprint";
import { createPageMeter, type PageMeterOptions } from "./page-meter.ts";
import type { BoardSamples } from "./read-boards.ts";

/** Options of `createTrtllmMeter`. */
export interface TrtllmMeterOptions extends PageMeterOptions {
  /** Id of the worker's one device: the page has the sum of all devices and names none. */
  readonly device: string;
}

/**
 * Reads `/energy_metrics` of trtllm-serve (`enable_energy_metrics: true`): joules since the server's start. Only for a
 * worker on one device. Its `query_time` is a clock of its own and is not used.
 */
export function createTrtllmMeter(options: TrtllmMeterOptions): PowerMeter {
  return createPageMeter("trtllm", options.maxAgeMs ?? 1000, options, (text) =>
    readEnergyMetrics(text, options.device),
  );
}

/** The page `{"total_energy_j": …, "query_time": …}`. */
export function readEnergyMetrics(text: string, device: string): BoardSamples {
  let value: unknown;
  try {
    value = (JSON.parse(text) as { total_energy_j?: unknown } | null)?.total_energy_j;
  } catch {
    return { boards: [], unread: new Map([["malformed", 1]]) };
  }
  if (typeof value !== "number" || value < 0) {
    return { boards: [], unread: new Map([["not_finite", 1]]) };
  }
  const board = { id: device, scope: "gpu", kind: "counter", value, nodeNames: [] } as const;
  return { boards: [board], unread: new Map() };
}

import type { NodeOptions, PipelineOptions, WorkerRow } from "@wattspan/gateway";
import { createStaticIntensity } from "@wattspan/sources";
import { defaultPipeline } from "./default-pipeline.ts";

/** Nodes of the engines that recordings and live runs name, one zone each. */
export const engineNodes: readonly NodeOptions[] = [
  node("node-prefill", "FR", ["GPU-p0", "GPU-p1"]),
  node("node-decode", "PL", ["GPU-d0"]),
  node("node-agg", "DE", ["GPU-a0"]),
];

/** Pipeline options for those engines with the given waits; everything else is the command's default. */
export function enginePipeline(
  join: Pick<PipelineOptions["join"], "lingerMs" | "holdMs" | "exportDelayMs">,
): PipelineOptions {
  return {
    ...defaultPipeline,
    nodes: engineNodes,
    workers: [
      worker("dynamo-worker-prefill", "node-prefill"),
      worker("dynamo-worker-decode", "node-decode"),
      worker("dynamo-worker-agg", "node-agg"),
      worker("vllm-cpu", "node-agg"),
      worker("sglang-unified", "node-agg"),
    ],
    intensity: createStaticIntensity(),
    join: { ...defaultPipeline.join, ...join },
  };
}

/** Keys of all devices, `node/id`. */
export const engineDevices: readonly string[] = engineNodes.flatMap(({ name, devices }) =>
  devices.map(({ id }) => `${name}/${id}`),
);

function node(name: string, zone: string, ids: readonly string[]): NodeOptions {
  const devices = ids.map((id) => ({ id, idleWatts: 70, maxWatts: 700 }));
  return { name, aliases: [], zone, pue: 1.2, devices };
}

function worker(service: string, name: string): WorkerRow {
  return { match: new Map([["service.name", service]]), node: name };
}

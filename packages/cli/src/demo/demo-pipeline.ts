import type { PipelineOptions } from "@wattspan/gateway";
import { fileConfig } from "../config/config.ts";
import { resolvePipeline } from "../config/resolve-pipeline.ts";

/** Two simulated nodes of four H100 each, prefill in France and decode in Poland; waits are short, all else is default. */
export function demoPipeline(): PipelineOptions {
  return resolvePipeline(
    fileConfig.parse({
      nodes: [node("node-prefill", "FR", 1.2, "GPU-p"), node("node-decode", "PL", 1.3, "GPU-d")],
      workers: ["prefill", "decode"].map((role) => ({
        match: { "service.name": `dynamo-worker-${role}` },
        node: `node-${role}`,
        devices: idsOf(`GPU-${role.slice(0, 1)}`),
      })),
      join: { linger: "1s", hold: "5s", export_delay: "500ms" },
    }),
  );
}

function node(name: string, zone: string, pue: number, prefix: string): object {
  const devices = idsOf(prefix).map((id) => ({
    id,
    model: "H100-SXM",
    idle_watts: 75,
    max_watts: 700,
  }));
  return { name, zone, pue, devices };
}

function idsOf(prefix: string): string[] {
  return [0, 1, 2, 3].map((index) => `${prefix}${index}`);
}

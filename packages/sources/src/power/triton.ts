import type { MeterTable, MetricRule } from "./meter-table.ts";
import { nvidiaPowerReachMs } from "./power-sensor.ts";

const device: Pick<MetricRule, "scope" | "idLabels"> = { scope: "gpu", idLabels: ["gpu_uuid"] };

/** NVIDIA Triton Inference Server: joules since the server's start. Its page names no machine. */
export const triton: MeterTable = {
  type: "triton",
  title: "NVIDIA Triton Inference Server",
  endpoint: "http://127.0.0.1:8002/metrics",
  maxAgeMs: 2000,
  nodeLabels: [],
  modelLabels: [],
  metrics: [
    { metric: "nv_energy_consumption", kind: "counter", scale: 1, ...device },
    {
      metric: "nv_gpu_power_usage",
      kind: "power",
      scale: 1,
      ...device,
      reachMs: () => nvidiaPowerReachMs("average"),
    },
  ],
  isUnverified: true,
};

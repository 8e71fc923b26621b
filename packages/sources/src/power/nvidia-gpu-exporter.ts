import type { MeterTable, MetricRule } from "./meter-table.ts";
import { nvidiaPowerReachMs } from "./power-sensor.ts";

/** Its ids lack the prefix that the driver writes. */
const device: Pick<MetricRule, "scope" | "idLabels" | "idPrefix"> = {
  scope: "gpu",
  idLabels: ["uuid"],
  idPrefix: "GPU-",
};

/** nvidia_gpu_exporter: a counter with its NVML backend, power alone with nvidia-smi's. It asks the driver at each scrape. */
export const nvidiaGpuExporter: MeterTable = {
  type: "nvidia-gpu-exporter",
  title: "nvidia_gpu_exporter",
  endpoint: "http://127.0.0.1:9835/metrics",
  maxAgeMs: 1000,
  nodeLabels: [],
  modelLabels: ["name"],
  metrics: [
    { metric: "nvidia_smi_energy_joules_total", kind: "counter", scale: 1, ...device },
    {
      metric: "nvidia_smi_power_draw_instant_watts",
      kind: "power",
      scale: 1,
      ...device,
      reachMs: (model) => nvidiaPowerReachMs("instant", model),
    },
    {
      metric: "nvidia_smi_power_draw_watts",
      kind: "power",
      scale: 1,
      ...device,
      reachMs: (model) => nvidiaPowerReachMs("average", model),
    },
  ],
  isUnverified: true,
};

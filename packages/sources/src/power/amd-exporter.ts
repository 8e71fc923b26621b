import type { MeterTable, MetricRule } from "./meter-table.ts";

const device: Pick<MetricRule, "scope" | "idLabels"> = {
  scope: "gpu",
  idLabels: ["gpu_uuid", "GPU_UUID", "serial_number"],
};

/**
 * AMD's device-metrics-exporter: energy in microjoules, exported as a gauge though it is cumulative. Of a partitioned
 * device only partition 0 has values; the others say 0.
 */
export const amdExporter: MeterTable = {
  type: "amd-exporter",
  title: "AMD device-metrics-exporter",
  endpoint: "http://127.0.0.1:5000/metrics",
  maxAgeMs: 30_000,
  nodeLabels: ["hostname"],
  modelLabels: ["card_model"],
  metrics: [
    { metric: "gpu_energy_consumed", kind: "counter", scale: 1e-6, ...device },
    { metric: "gpu_package_power", kind: "power", scale: 1, ...device },
    { metric: "gpu_average_package_power", kind: "power", scale: 1, ...device },
    { metric: "gpu_power_usage", kind: "power", scale: 1, ...device },
  ],
  isUnverified: true,
};

import type { MeterTable, MetricRule } from "./meter-table.ts";

const device: Pick<MetricRule, "scope" | "idLabels"> = {
  scope: "gpu",
  idLabels: ["hw_id", "uuid", "pci_bdf"],
};

/** Intel XPU Manager: the names of 2.x (`xpumd` through a Prometheus exporter), then of 1.x. */
export const xpumd: MeterTable = {
  type: "xpumd",
  title: "Intel XPU Manager",
  endpoint: "http://127.0.0.1:8080/metrics",
  maxAgeMs: 15_000,
  nodeLabels: ["host_name", "node"],
  modelLabels: ["hw_name", "hw_model"],
  metrics: [
    { metric: "hw_energy_joules_total", kind: "counter", scale: 1, ...device },
    { metric: "xpum_energy_joules_total", kind: "counter", scale: 1, ...device },
    { metric: "hw_power_watts", kind: "power", scale: 1, ...device },
    { metric: "xpum_power_watts", kind: "power", scale: 1, ...device },
  ],
  isUnverified: true,
};

import type { MeterTable, MetricRule } from "./meter-table.ts";

const INTERVAL_MS = 5000;

const gpu: Pick<MetricRule, "scope" | "idLabels"> = { scope: "gpu", idLabels: ["gpu_uuid"] };

/** A RAPL zone of a node; Kepler adds the sockets up. */
function zoneRule(zone: "package" | "dram" | "core" | "psys"): MetricRule {
  return {
    metric: "kepler_node_cpu_joules_total",
    kind: "counter",
    scale: 1,
    scope: zone,
    idLabels: ["zone"],
    only: ["zone", zone],
  };
}

/** Kepler 0.10 and later: whole GPUs and RAPL zones; its shares per pod are not read. */
export const kepler: MeterTable = {
  type: "kepler",
  title: "Kepler",
  endpoint: "http://127.0.0.1:28282/metrics",
  maxAgeMs: INTERVAL_MS,
  nodeLabels: ["node_name"],
  modelLabels: ["gpu_name"],
  metrics: [
    { metric: "kepler_node_gpu_joules_total", kind: "counter", scale: 1, ...gpu },
    // Joules of its interval by the interval.
    {
      metric: "kepler_node_gpu_watts",
      kind: "power",
      scale: 1,
      ...gpu,
      reachMs: () => INTERVAL_MS,
    },
    zoneRule("package"),
    zoneRule("dram"),
    zoneRule("core"),
    zoneRule("psys"),
  ],
  isUnverified: true,
};

import type { MeterTable, MetricRule } from "./meter-table.ts";
import { nvidiaPowerReachMs } from "./power-sensor.ts";

const device: Pick<MetricRule, "scope" | "idLabels"> = { scope: "gpu", idLabels: ["gpu_uuid"] };

/** all-smi: accelerators of many vendors under one set of names. */
export const allSmi: MeterTable = {
  type: "all-smi",
  title: "all-smi",
  endpoint: "http://127.0.0.1:9090/metrics",
  maxAgeMs: 5000,
  nodeLabels: ["host", "instance"],
  modelLabels: ["gpu"],
  metrics: [
    {
      metric: "all_smi_energy_consumed_joules_total",
      kind: "counter",
      scale: 1,
      ...device,
      only: ["scope", "gpu"],
    },
    {
      metric: "all_smi_gpu_power_consumption_watts",
      kind: "power",
      scale: 1,
      ...device,
      reachMs: (model) => nvidiaPowerReachMs("average", model),
    },
  ],
  isUnverified: true,
};

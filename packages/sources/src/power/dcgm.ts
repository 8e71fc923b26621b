import type { MeterTable, MetricRule } from "./meter-table.ts";
import { nvidiaPowerReachMs } from "./power-sensor.ts";

/** DCGM's "no value": 0x7ffffffffffffff0 and up for integers (a double rounds it), 2^47 and up for watts. */
const INT64_BLANK = 2 ** 63;
const FP64_BLANK = 2 ** 47;

const idLabels = ["UUID", "uuid"];
const watts: Omit<MetricRule, "metric"> = {
  kind: "power",
  scale: 1,
  scope: "gpu",
  idLabels,
  blankFrom: FP64_BLANK,
  reachMs: (model) => nvidiaPowerReachMs("average", model),
};
const instantWatts: Omit<MetricRule, "metric"> = {
  ...watts,
  reachMs: (model) => nvidiaPowerReachMs("instant", model),
};

/**
 * NVIDIA's dcgm-exporter. It serves DCGM's latest value without a timestamp, up to its collection interval old, and
 * repeats the board's value on every MIG instance and time slice. POWER_USAGE became BOARD_POWER_WATTS in DCGM 4.6.
 */
export const dcgm: MeterTable = {
  type: "dcgm",
  title: "NVIDIA dcgm-exporter",
  endpoint: "http://127.0.0.1:9400/metrics",
  maxAgeMs: 30_000,
  nodeLabels: ["hostname", "Hostname"],
  modelLabels: ["modelName"],
  metrics: [
    {
      metric: "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
      kind: "counter",
      scale: 1e-3,
      scope: "gpu",
      idLabels,
      blankFrom: INT64_BLANK,
    },
    { metric: "DCGM_FI_DEV_BOARD_POWER_RAW_WATTS", ...instantWatts },
    { metric: "DCGM_FI_DEV_POWER_USAGE_INSTANT", ...instantWatts },
    { metric: "DCGM_FI_DEV_BOARD_POWER_WATTS", ...watts },
    { metric: "DCGM_FI_DEV_POWER_USAGE", ...watts },
    { metric: "DCGM_FI_DEV_MODULE_POWER_UTIL_CURRENT", ...watts, scope: "module" },
  ],
  activity: { metric: "DCGM_FI_PROF_GR_ENGINE_ACTIVE", partLabel: "GPU_I_ID" },
  isUnverified: false,
};

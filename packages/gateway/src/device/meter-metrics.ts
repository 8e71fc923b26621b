import type { MeterKind } from "@wattspan/footprint";

/** A metric of a meter as OTLP brings it. */
export interface MeterMetric {
  readonly kind: MeterKind;
  /** Joules or watts per unit where the point names no unit. */
  readonly scale: number;
  /** The metric is also about hardware other than accelerators. */
  readonly isGeneral?: boolean;
  /** Attributes that name the device, the first that a point has. */
  readonly idKeys: readonly string[];
  /** Put before an id that lacks it. */
  readonly idPrefix?: string;
  /** Only points with this attribute and value. */
  readonly only?: readonly [key: string, value: string];
  /** `hw.type` of its devices where the point tells none. */
  readonly type?: string;
  /** Values from here on say that there is no value. */
  readonly blankFrom?: number;
  /** An exporter serves it from a cache of this interval, ms; of dcgm-exporter that is configured. */
  readonly cachedMs?: number | "configured";
  /** How far back a power reaches from when it was measured, ms. */
  readonly reachMs?: number;
}

/** From here on DCGM means "no value": 0x7ffffffffffffff0 and up (a double rounds it), 2^47 for watts. */
const DCGM_INT64_BLANK = 2 ** 63;
const DCGM_FP64_BLANK = 2 ** 47;

/** Of most drivers' power: a mean over a second, renewed every tenth of one. */
const REACH_MS = 1100;
const KEPLER_MS = 5000;

const idKeys = ["hw.id", "UUID", "uuid"] as const;
const counter = { kind: "counter", scale: 1, idKeys } as const;
const power = { kind: "power", scale: 1, idKeys, reachMs: REACH_MS } as const;
const dcgmPower = {
  ...power,
  blankFrom: DCGM_FP64_BLANK,
  cachedMs: "configured",
} as const;
/** Grace: read only where the processor is configured, as `CPU-0`. What the whole module draws holds the GPU's joules and is not read. */
const graceCpu = {
  ...dcgmPower,
  idKeys: ["cpu"],
  idPrefix: "CPU-",
  isGeneral: true,
  type: "cpu",
} as const;
const byUuid = { idKeys: ["gpu_uuid"] } as const;
const amd = { idKeys: ["gpu_uuid", "GPU_UUID", "serial_number"], cachedMs: 30_000 } as const;

/** Names that senders use, those of exporters as a collector's scrape keeps them; of one device only one metric of a kind. */
export const meterMetrics: ReadonlyMap<string, MeterMetric> = new Map<string, MeterMetric>([
  ["hw.energy", { ...counter, isGeneral: true }],
  ["hw.power", { ...power, isGeneral: true }],
  ["hw.gpu.energy.consumed", counter],
  ["hw.gpu.power.draw", power],
  [
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
    {
      ...counter,
      scale: 1e-3,
      blankFrom: DCGM_INT64_BLANK,
      cachedMs: "configured",
    },
  ],
  ["DCGM_FI_DEV_POWER_USAGE", dcgmPower],
  ["DCGM_FI_DEV_BOARD_POWER_WATTS", dcgmPower],
  ["DCGM_FI_DEV_CPU_POWER_UTIL_CURRENT", graceCpu],
  ["DCGM_FI_DEV_CPU_POWER_WATTS", graceCpu],
  ["kepler_node_gpu_joules_total", { ...counter, ...byUuid, cachedMs: KEPLER_MS }],
  // Joules of its interval by the interval.
  ["kepler_node_gpu_watts", { ...power, ...byUuid, cachedMs: KEPLER_MS, reachMs: KEPLER_MS }],
  [
    "all_smi_energy_consumed_joules_total",
    { ...counter, ...byUuid, only: ["scope", "gpu"], cachedMs: 5000 },
  ],
  ["all_smi_gpu_power_consumption_watts", { ...power, ...byUuid, cachedMs: 5000 }],
  ["gpu_energy_consumed", { ...counter, ...amd, scale: 1e-6 }],
  ["gpu_package_power", { ...power, ...amd, reachMs: 0 }],
  ["gpu_average_package_power", { ...power, ...amd, reachMs: 0 }],
  ["xpum_energy_joules_total", { ...counter, idKeys: ["uuid", "pci_bdf"], cachedMs: 15_000 }],
  ["nvidia_smi_energy_joules_total", { ...counter, idKeys: ["uuid"], idPrefix: "GPU-" }],
  ["nvidia_smi_power_draw_watts", { ...power, idKeys: ["uuid"], idPrefix: "GPU-" }],
  ["nv_energy_consumption", { ...counter, ...byUuid, cachedMs: 2000 }],
  ["nv_gpu_power_usage", { ...power, ...byUuid, cachedMs: 2000 }],
]);

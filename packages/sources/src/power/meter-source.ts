import type { PowerMeter } from "@wattspan/footprint";
import { createAmdSmiMeter } from "./amd-smi-meter.ts";
import type { MeterScope } from "./meter-table.ts";
import { meterTable, meterTables } from "./meter-tables.ts";
import { createNvidiaSmiMeter } from "./nvidia-smi-meter.ts";
import { createNvmlMeter } from "./nvml-meter.ts";
import { createExporterMeter, type PageMeterOptions } from "./page-meter.ts";
import { createPrometheusMeter } from "./prometheus-meter.ts";
import { createRaplMeter } from "./rapl-meter.ts";
import { createTrtllmMeter } from "./trtllm.ts";

/** A source of readings as it is configured. */
export interface MeterSourceSettings extends Omit<PageMeterOptions, "endpoint"> {
  /** One of `meterSourceTypes`. */
  readonly type: string;
  /** Default the type and the endpoint. */
  readonly name?: string;
  /** URL; default where the exporter listens on this machine. */
  readonly endpoint?: string;
  /** The machine that all its devices are in; needed where the source does not name one. */
  readonly node?: string;
  /** Id of the one device of a source that names none. */
  readonly device?: string;
  /** Of a Prometheus server: more matchers of the query. */
  readonly matchers?: string;
}

/** A source with what decides between sources. */
export interface MeterSource {
  readonly name: string;
  readonly type: string;
  readonly meter: PowerMeter;
  readonly node?: string;
  /** What its readings cover where they do not say. */
  readonly scope: MeterScope;
  readonly isUnverified: boolean;
  /** How far a reading's time may be off, ms, by its table. */
  maxAgeMsOf(table: string): number;
}

/** How a type of source is used. */
export interface MeterSourceType {
  readonly type: string;
  readonly title: string;
  /** Read over HTTP; else on this machine, and `node` must be given. */
  readonly isRemote: boolean;
  readonly endpoint?: string;
  readonly maxAgeMs: number;
  /** Written from documentation, headers and source alone, never tried on what the real thing said. */
  readonly isUnverified: boolean;
}

/** Every type of source that the gateway reads. */
export const meterSourceTypes: readonly MeterSourceType[] = [
  ...meterTables.map(({ type, title, endpoint, maxAgeMs, isUnverified }) => {
    return { type, title, isRemote: true, endpoint, maxAgeMs, isUnverified };
  }),
  {
    type: "prometheus",
    title: "any Prometheus server",
    isRemote: true,
    endpoint: "http://127.0.0.1:9090",
    maxAgeMs: 0,
    isUnverified: false,
  },
  {
    type: "trtllm",
    title: "TensorRT-LLM /energy_metrics",
    isRemote: true,
    endpoint: "http://127.0.0.1:8000/energy_metrics",
    maxAgeMs: 1000,
    isUnverified: true,
  },
  { type: "nvml", title: "NVML", isRemote: false, maxAgeMs: 100, isUnverified: true },
  { type: "nvidia-smi", title: "nvidia-smi", isRemote: false, maxAgeMs: 100, isUnverified: false },
  { type: "rapl", title: "RAPL", isRemote: false, maxAgeMs: 200, isUnverified: true },
  { type: "amd-smi", title: "amd-smi", isRemote: false, maxAgeMs: 1000, isUnverified: true },
];

/** Creates the source of a type. Throws a RangeError for a type that is not known. */
export function createMeterSource(settings: MeterSourceSettings): MeterSource {
  const known = meterSourceTypes.find(({ type }) => type === settings.type);
  if (known === undefined) throw new RangeError(`no source of readings is called ${settings.type}`);
  const endpoint = settings.endpoint ?? known.endpoint;
  const name = settings.name ?? [settings.type, endpoint].filter(Boolean).join(" ");
  const isPrometheus = settings.type === "prometheus";
  return {
    name,
    type: settings.type,
    meter: createMeter(settings, endpoint ?? ""),
    ...(settings.node === undefined ? {} : { node: settings.node }),
    scope: settings.type === "rapl" ? "package" : "gpu",
    isUnverified: known.isUnverified,
    maxAgeMsOf(table) {
      if (settings.maxAgeMs !== undefined) return settings.maxAgeMs;
      if (!isPrometheus) return known.maxAgeMs;
      // The server's own scrapes come on top.
      return (meterTable(table)?.maxAgeMs ?? 0) + (settings.intervalMs ?? 15_000);
    },
  };
}

function createMeter(settings: MeterSourceSettings, endpoint: string): PowerMeter {
  const options = { ...settings, endpoint };
  const table = meterTable(settings.type);
  if (table !== undefined) return createExporterMeter(table, options);
  const everyMs = settings.intervalMs === undefined ? {} : { everyMs: settings.intervalMs };
  switch (settings.type) {
    case "prometheus":
      return createPrometheusMeter(options);
    case "trtllm":
      return createTrtllmMeter({ ...options, device: settings.device ?? "" });
    case "nvml":
      return createNvmlMeter(everyMs);
    case "nvidia-smi":
      return createNvidiaSmiMeter(everyMs);
    case "rapl":
      return createRaplMeter(everyMs);
    default:
      return createAmdSmiMeter(settings);
  }
}

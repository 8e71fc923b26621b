import { deviceKey, instantOf, type MeterKind, type MeterReading } from "@wattspan/footprint";
import type { CsvProblem, NvidiaSmiReadings } from "./nvidia-smi-csv.ts";
import { createPowerTimer, nvidiaPowerReachMs } from "./power-sensor.ts";
import { createSampleTimer, type SampleTime } from "./time-samples.ts";

/** What a file of AIPerf's does not say about itself. */
export interface AiperfTelemetryOptions {
  /** The configured machine of a device, by the host that the file names and the device's id; undefined: unknown. */
  readonly nodeOf: (host: string | undefined, id: string) => string | undefined;
  /** How old a value of an exporter may have been when AIPerf asked, ms; default dcgm-exporter's 30 s. */
  readonly exporterIntervalMs?: number;
}

interface Field {
  readonly kind: MeterKind;
  /** Joules or watts per unit. */
  readonly scale: number;
  /** Values from here on mean that there is none: DCGM's blanks, which AIPerf scales and keeps. */
  readonly blankFrom: number;
  readonly isNvidia: boolean;
}

const MEGAJOULES = { kind: "counter", scale: 1e6, blankFrom: 2 ** 63 * 1e-9 } as const;
const WATTS = { kind: "power", scale: 1, blankFrom: 2 ** 47 } as const;

/** Fields of 0.13, and NVIDIA's as they were called before. */
const FIELDS: Readonly<Record<string, Field>> = {
  nvidia_energy_consumption: { ...MEGAJOULES, isNvidia: true },
  energy_consumption: { ...MEGAJOULES, isNvidia: true },
  amd_energy_consumption: { ...MEGAJOULES, isNvidia: false },
  nvidia_power_usage: { ...WATTS, isNvidia: true },
  gpu_power_usage: { ...WATTS, isNvidia: true },
  amd_power: { ...WATTS, isNvidia: false },
};

/** Gives a value its range of times; undefined where it tells nothing new. */
type Timer = (value: number, at: SampleTime["at"]) => Partial<SampleTime> | undefined;

/**
 * Reads AIPerf's `gpu_telemetry_export.jsonl` (0.13 and before): one JSON object a line with `timestamp_ns`, `gpu_uuid`,
 * `gpu_model_name`, `hostname`, `telemetry_source_url` (before: `dcgm_url`) and `telemetry_data`, joules in MJ. A source
 * other than `pynvml:` and `amdsmi:` is an exporter, whose values are as old as its cache lets them be. Written from
 * AIPerf's own code, never tried on a file that a run on real devices wrote.
 */
export function parseAiperfTelemetry(
  text: string,
  options: AiperfTelemetryOptions,
): NvidiaSmiReadings {
  const readings: MeterReading[] = [];
  const problems: CsvProblem[] = [];
  const timers = new Map<string, Timer>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const row = readRow(line, options);
    if (typeof row === "string") {
      problems.push({ line: index + 1, message: row });
      continue;
    }
    const { device, at, source, model, values } = row;
    for (const { name, field, value } of values) {
      const key = `${source} ${device} ${name}`;
      const timer = timers.get(key) ?? timerOf(field, source, model, options);
      timers.set(key, timer);
      const time = timer(value, at);
      if (time !== undefined) readings.push({ device, kind: field.kind, value, at, ...time });
    }
  }
  return { readings, problems };
}

interface Row {
  readonly device: string;
  readonly at: SampleTime["at"];
  readonly source: string;
  readonly model?: string;
  readonly values: readonly {
    readonly name: string;
    readonly field: Field;
    readonly value: number;
  }[];
}

/** The row, or what is wrong with it. */
function readRow(line: string, { nodeOf }: AiperfTelemetryOptions): Row | string {
  const record = parseObject(line);
  if (record === undefined) return "no JSON object";
  // A double would round the nanoseconds of today to 256.
  const nanos = /"timestamp_ns"\s*:\s*(\d{1,19})\s*[,}]/.exec(line)?.[1];
  if (nanos === undefined) return "no timestamp_ns";
  const id = textOf(record, "gpu_uuid");
  if (id === undefined) return "no gpu_uuid";
  const host = textOf(record, "hostname");
  const node = nodeOf(host, id);
  if (node === undefined) return `${id} of host ${host ?? "?"} is on no configured node`;
  const data: unknown = record["telemetry_data"];
  if (typeof data !== "object" || data === null) return "no telemetry_data";
  const values = Object.entries(data).flatMap(([name, raw]) => {
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    const isValue = field !== undefined && isReading(raw, field);
    return isValue ? [{ name, field, value: raw * field.scale }] : [];
  });
  if (values.length === 0) return "neither energy nor power of a GPU";
  const model = textOf(record, "gpu_model_name");
  return {
    device: deviceKey(node, id),
    at: instantOf(BigInt(nanos)),
    source: textOf(record, "telemetry_source_url") ?? textOf(record, "dcgm_url") ?? "",
    ...(model === undefined ? {} : { model }),
    values,
  };
}

function timerOf(
  { kind, isNvidia }: Field,
  source: string,
  model: string | undefined,
  { exporterIntervalMs = 30_000 }: AiperfTelemetryOptions,
): Timer {
  const isMean = kind === "power" && isNvidia;
  if (/^(pynvml|amdsmi):/.test(source)) {
    if (!isMean) return () => ({});
    const timer = createPowerTimer("average", model);
    return (_, at) => timer(at);
  }
  const reachMs = isMean ? nvidiaPowerReachMs("average", model) : 0;
  const timer = createSampleTimer(kind, exporterIntervalMs, reachMs);
  return (value, at) => timer.take(value, at, at);
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function textOf(record: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = record[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A board that answers draws something: 0 W is no reading. */
function isReading(raw: unknown, { kind, blankFrom }: Field): raw is number {
  if (typeof raw !== "number" || !Number.isFinite(raw) || raw >= blankFrom) return false;
  return kind === "power" ? raw > 0 : raw >= 0;
}

import { readFileSync } from "node:fs";
import { meterNames } from "@wattspan/sources";
import type { DeviceOptions } from "./footprint-options.ts";
import { createNoExporter, loadTraceSdk } from "./load-sdk.ts";
import type { SdkSampler } from "./sdk-shape.ts";
import type { StartOptions } from "./start-footprint.ts";

/** Options read from variables, and what of them could not be used. */
export interface EnvironmentOptions {
  /** Undefined where `OTEL_SDK_DISABLED` is true. */
  readonly options: StartOptions | undefined;
  readonly problems: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;
type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** Settings a configuration file may have. */
const FILE_KEYS: ReadonlySet<string> = new Set([
  "zone",
  "pue",
  "node",
  "meter",
  "devices",
  "attribution",
  "join",
  "meters",
  "attributes",
  "maxHeldSpans",
]);

/** Batch settings of the OpenTelemetry specification. */
const BATCH_KEYS: readonly (readonly [variable: string, option: string])[] = [
  ["OTEL_BSP_SCHEDULE_DELAY", "scheduledDelayMillis"],
  ["OTEL_BSP_EXPORT_TIMEOUT", "exportTimeoutMillis"],
  ["OTEL_BSP_MAX_QUEUE_SIZE", "maxQueueSize"],
  ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "maxExportBatchSize"],
];

/**
 * Reads `WATTSPAN_CONFIG` (a JSON file), `WATTSPAN_GRID_ZONE`, `_PUE`, `_METER`, `_DEVICES`, which go over the file, and
 * `OTEL_*`. Never throws: what is wrong is left out and told.
 */
export function readEnvironment(env: Environment): EnvironmentOptions {
  const problems: string[] = [];
  if (env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return { options: undefined, problems };
  const options: Mutable<StartOptions> = { ...readFile(env["WATTSPAN_CONFIG"], problems) };
  const zone = env["WATTSPAN_GRID_ZONE"];
  if (zone) options.zone = zone;
  const pue = readNumber(env, "WATTSPAN_PUE", 1, problems);
  if (pue !== undefined) options.pue = pue;
  const meter = env["WATTSPAN_METER"];
  if (meter && !meterNames.includes(meter)) {
    problems.push(`WATTSPAN_METER ${meter} is none of ${meterNames.join(", ")}`);
  } else if (meter) options.meter = meter;
  const devices = env["WATTSPAN_DEVICES"];
  if (devices) options.devices = devices.split(",").map((text) => readDevice(text.trim()));
  const batch: Record<string, number> = {};
  for (const [variable, option] of BATCH_KEYS) {
    const value = readNumber(env, variable, 0, problems);
    if (value !== undefined) batch[option] = value;
  }
  options.batch = batch;
  const sampler = readSampler(env, problems);
  if (sampler !== undefined) options.sampler = sampler;
  const exporter = readExporter(env, problems);
  if (exporter !== undefined) options.exporter = exporter;
  return { options, problems };
}

function readFile(path: string | undefined, problems: string[]): StartOptions {
  if (!path) return {};
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null) throw new Error("it holds no object");
    const known = Object.entries(value).filter(([key]) => FILE_KEYS.has(key));
    for (const key of Object.keys(value)) {
      if (!FILE_KEYS.has(key))
        problems.push(`WATTSPAN_CONFIG ${path}: no setting is called ${key}`);
    }
    return Object.fromEntries(known);
  } catch (error) {
    problems.push(`WATTSPAN_CONFIG ${path}: ${(error as Error).message}`);
    return {};
  }
}

/** `id`, `id=model` or `id=700W`. */
function readDevice(text: string): DeviceOptions {
  const [id = "", model] = text.split("=");
  const watts = /^(\d+(?:\.\d+)?)W$/i.exec(model ?? "")?.[1];
  if (watts !== undefined) return { id, maxWatts: Number(watts) };
  return { id, ...(model ? { model } : {}) };
}

function readNumber(
  env: Environment,
  name: string,
  least: number,
  problems: string[],
): number | undefined {
  const text = env[name];
  if (!text) return undefined;
  const value = Number(text);
  if (value >= least && value < Infinity) return value;
  problems.push(`${name} ${text} is not a number of at least ${least}`);
  return undefined;
}

function readSampler(env: Environment, problems: string[]): SdkSampler | undefined {
  const name = env["OTEL_TRACES_SAMPLER"];
  if (!name) return undefined;
  const sdk = loadTraceSdk();
  const ratio = Number(env["OTEL_TRACES_SAMPLER_ARG"] || 1);
  const bare: Readonly<Record<string, () => SdkSampler>> = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(ratio),
  };
  const root = bare[name.replace(/^parentbased_/, "")]?.();
  if (root === undefined || !(ratio >= 0 && ratio <= 1)) {
    problems.push(
      `OTEL_TRACES_SAMPLER ${name} ${env["OTEL_TRACES_SAMPLER_ARG"] ?? ""} is not known`,
    );
    return undefined;
  }
  return name.startsWith("parentbased_") ? new sdk.ParentBasedSampler({ root }) : root;
}

function readExporter(env: Environment, problems: string[]): StartOptions["exporter"] {
  const name = env["OTEL_TRACES_EXPORTER"] || "otlp";
  if (name === "console") return new (loadTraceSdk().ConsoleSpanExporter)();
  if (name === "none") return createNoExporter();
  if (name !== "otlp") problems.push(`OTEL_TRACES_EXPORTER ${name} is not known: otlp is used`);
  return undefined;
}

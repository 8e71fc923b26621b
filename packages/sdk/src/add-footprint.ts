import { type Context, trace } from "@opentelemetry/api";
import { createStaticIntensity, meterNamed } from "@wattspan/sources";
import { type FootprintOptions, logToStderr } from "./footprint-options.ts";
import { FootprintSampler } from "./footprint-sampler.ts";
import { FootprintSpanProcessor } from "./footprint-span-processor.ts";
import { loadTraceSdk } from "./load-sdk.ts";
import type { SdkSampler, SdkSpanExporter, SdkSpanProcessor } from "./sdk-shape.ts";

/** A meter, or the name of one: `auto` (the default), `nvml`, `nvidia-smi`, `rapl`, `model`, `none`. */
export type MeterSetting = NonNullable<FootprintOptions["meter"]> | string;

/** Options of `addFootprint`. */
export interface AddOptions extends Omit<FootprintOptions, "meter"> {
  readonly meter?: MeterSetting;
  /** Default: the tables that come with the package. */
  readonly intensity?: FootprintOptions["intensity"];
  /** Where spans go. One of `next` and `exporter` is needed. */
  readonly next?: SdkSpanProcessor;
  /** Goes into a `BatchSpanProcessor` of `@opentelemetry/sdk-trace`. */
  readonly exporter?: SdkSpanExporter;
  /** Default: what the parent decided, else every span. */
  readonly sampler?: SdkSampler;
}

/** What an SDK is constructed with. */
export interface AddedFootprint {
  /** The only processors that export: pass no other one that does. */
  readonly spanProcessors: [FootprintSpanProcessor];
  readonly sampler: FootprintSampler<{ readonly decision: 0 | 1 | 2 }>;
}

/**
 * Footprints for an SDK that is set up elsewhere: `new TracerProvider({ ...addFootprint({ next, zone }) })`. Throws a
 * RangeError for options that cannot be, an Error where neither `next` nor `exporter` is given.
 */
export function addFootprint(options: AddOptions): AddedFootprint {
  const { meter: setting = "auto", next, exporter, sampler, ...rest } = options;
  const chosen =
    typeof setting === "string"
      ? meterNamed(setting, { devices: options.devices ?? [] })
      : { meter: setting, why: "given" };
  const processor = new FootprintSpanProcessor({
    intensity: createStaticIntensity(),
    ...rest,
    ...(chosen.meter === undefined ? {} : { meter: chosen.meter }),
    next: next ?? batch(exporter),
  });
  const log = options.log ?? logToStderr;
  log("info", `meter ${chosen.meter?.name ?? "none"} (${chosen.why})`);
  return {
    spanProcessors: [processor],
    sampler: new FootprintSampler(sampler ?? parentElseAlways),
  };
}

function batch(exporter: SdkSpanExporter | undefined): SdkSpanProcessor {
  if (exporter === undefined) throw new Error("wattspan: give `next` or `exporter`");
  const { BatchSpanProcessor } = loadTraceSdk();
  return new BatchSpanProcessor({ exporter });
}

/** The SDKs' own default, without needing either of them. */
const parentElseAlways: SdkSampler = {
  shouldSample(context: Context) {
    const parent = trace.getSpanContext(context);
    const isSampled = parent === undefined || (parent.traceFlags & 1) === 1;
    return { decision: isSampled ? 2 : 0 };
  },
  toString: () => "ParentElseAlways",
};

/** Adds footprints inside a process. */
export type { DeviceBalance } from "@wattspan/footprint";
export {
  type AddedFootprint,
  type AddOptions,
  addFootprint,
  type MeterSetting,
} from "./add-footprint.ts";
export { CarbonSpanExporter } from "./carbon-span-exporter.ts";
export type {
  DeviceOptions,
  FootprintOptions,
  JoinOptions,
  LogLevel,
  MeterOptions,
} from "./footprint-options.ts";
export { FootprintSampler } from "./footprint-sampler.ts";
export {
  FootprintSpanProcessor,
  type FootprintSpanProcessorOptions,
} from "./footprint-span-processor.ts";
export type {
  SdkExportResult,
  SdkSampler,
  SdkSamplingResult,
  SdkSpan,
  SdkSpanExporter,
  SdkSpanProcessor,
} from "./sdk-shape.ts";
export { type StartedFootprint, type StartOptions, startFootprint } from "./start-footprint.ts";

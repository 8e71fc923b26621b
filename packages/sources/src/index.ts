/** Reads power and grid intensity. */
export {
  deviceModel,
  deviceModelsNear,
  maxTokensPerSecondOf,
  rooflineTokenPriceOf,
} from "./devices/catalogue.ts";
export { type DeviceModel, deviceModels } from "./devices/device-model.ts";
export {
  type EmbodiedFigure,
  embodiedFiguresOf,
  embodiedOf,
  SERVER_EMBODIED,
} from "./devices/embodied.ts";
export { type DeviceDescription, resolveDevice } from "./devices/resolve-device.ts";
export {
  createEnginePage,
  type EnginePage,
  type EnginePageOptions,
  type EngineSink,
} from "./engine/engine-page.ts";
export { CLOUD_REGIONS_VERSION, cloudRegions } from "./intensity/cloud-regions.ts";
export {
  type IntensityCsv,
  type IntensityCsvOptions,
  readIntensityCsv,
} from "./intensity/csv-intensity.ts";
export { createEia, type EiaOptions } from "./intensity/eia.ts";
export {
  createElectricityMaps,
  type ElectricityMapsOptions,
} from "./intensity/electricity-maps.ts";
export { createEntsoe, type EntsoeOptions } from "./intensity/entsoe.ts";
export { createFallback, type FallbackOptions } from "./intensity/fallback.ts";
export {
  createFixedIntensity,
  type FixedIntensityOptions,
  type FixedTier,
} from "./intensity/fixed.ts";
export type { GridAnswer, GridPoint, GridProvider, GridSeries } from "./intensity/grid-provider.ts";
export {
  createHttpClient,
  type HttpAnswer,
  type HttpClient,
  type HttpClientOptions,
} from "./intensity/http-client.ts";
export {
  createLiveIntensity,
  type LiveIntensity,
  type LiveIntensityOptions,
  type RefreshOutcome,
} from "./intensity/live-intensity.ts";
export { createNeso, type NesoOptions } from "./intensity/neso.ts";
export { type Place, type ResolvedZone, resolveZone } from "./intensity/resolve-zone.ts";
export { createStaticIntensity } from "./intensity/static.ts";
export { createWattTime, type WattTimeOptions } from "./intensity/watttime.ts";
export { subZonesOf } from "./intensity/yearly-zones.ts";
export { nearestNames } from "./nearest-names.ts";
export {
  type AutoMeterOptions,
  autoMeter,
  type ChosenMeter,
  meterNamed,
  meterNames,
} from "./power/auto-meter.ts";
export { chooseMeters, type DeclaredMeter, type MeterChoice } from "./power/choose-meters.ts";
export type {
  CheckedJoules,
  CrossCheck,
} from "./power/cross-check.ts";
export type { FleetMeter, MeterRole, MeterTrack } from "./power/fleet-meter.ts";
export {
  createMeterFleet,
  type FleetSourceView,
  type MeterFleet,
  type MeterFleetOptions,
} from "./power/meter-fleet.ts";
export {
  createMeterSource,
  type MeterSource,
  type MeterSourceSettings,
  type MeterSourceType,
  meterSourceTypes,
} from "./power/meter-source.ts";
export type {
  MeterScope,
  MeterTable,
  MetricRule,
  PlacedReading,
  PlacedSink,
} from "./power/meter-table.ts";
export { meterTables } from "./power/meter-tables.ts";
export { createModelMeter, type ModelMeterOptions } from "./power/model-meter.ts";
export {
  type CsvProblem,
  type NvidiaSmiCsvOptions,
  type NvidiaSmiReadings,
  parseNvidiaSmiCsv,
} from "./power/nvidia-smi-csv.ts";
export { createNvidiaSmiMeter, type NvidiaSmiMeterOptions } from "./power/nvidia-smi-meter.ts";
export { createNvmlMeter, type NvmlMeterOptions } from "./power/nvml-meter.ts";
export {
  type Exposition,
  type ExpositionFault,
  type ExpositionProblem,
  labelOf,
  parseExposition,
} from "./power/parse-exposition.ts";
export type { BoardInstance, MeteredBoard, MeteredNode } from "./power/place-device.ts";
export { nvidiaPowerReachMs, type PowerField } from "./power/power-sensor.ts";
export { createRaplMeter, type RaplMeterOptions } from "./power/rapl-meter.ts";

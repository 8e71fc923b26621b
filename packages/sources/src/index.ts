/** Reads power and grid intensity. */
export { deviceModel, deviceModelsNear, maxTokensPerSecondOf } from "./devices/catalogue.ts";
export { type DeviceModel, deviceModels } from "./devices/device-model.ts";
export { type DeviceDescription, resolveDevice } from "./devices/resolve-device.ts";
export {
  createFixedIntensity,
  type FixedIntensityOptions,
  type FixedTier,
} from "./intensity/fixed.ts";
export { createStaticIntensity } from "./intensity/static.ts";
export { subZonesOf } from "./intensity/yearly-zones.ts";
export { nearestNames } from "./nearest-names.ts";
export {
  type AutoMeterOptions,
  autoMeter,
  type ChosenMeter,
  meterNamed,
  meterNames,
} from "./power/auto-meter.ts";
export { createModelMeter, type ModelMeterOptions } from "./power/model-meter.ts";
export {
  type CsvProblem,
  type NvidiaSmiCsvOptions,
  type NvidiaSmiReadings,
  parseNvidiaSmiCsv,
} from "./power/nvidia-smi-csv.ts";
export { createNvidiaSmiMeter, type NvidiaSmiMeterOptions } from "./power/nvidia-smi-meter.ts";
export { createNvmlMeter, type NvmlMeterOptions } from "./power/nvml-meter.ts";
export { createRaplMeter, type RaplMeterOptions } from "./power/rapl-meter.ts";

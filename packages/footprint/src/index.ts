/** From joules and work to joules and grams per phase. */
export {
  asDouble,
  type FootprintAttribute,
  type FootprintValue,
  requestAttributes,
  traceAttributes,
} from "./attributes.ts";
export type { DeviceBalance } from "./attribution/balance-device.ts";
export type { LoadReading } from "./attribution/count-load.ts";
export type { LoadBasis } from "./attribution/device-ledger.ts";
export {
  createLedger,
  type Ledger,
  type LedgerOptions,
  type PhaseHandle,
  type Refusal,
} from "./attribution/ledger.ts";
export {
  type DeviceEnergy,
  type EnergySlice,
  type PhaseEnergy,
  sumDevices,
} from "./attribution/sum-energy.ts";
export { type Weight, weigh } from "./attribution/weigh.ts";
export type { WorkEnergy } from "./attribution/work-energy.ts";
export type { WorkPrice, WorkReading } from "./attribution/work-series.ts";
export { boundGrams } from "./carbon/bound-grams.ts";
export {
  type BandCause,
  type CarbonBand,
  type CarbonBandInput,
  carbonBand,
} from "./carbon/carbon-band.ts";
export { chargeEmbodied } from "./carbon/charge-embodied.ts";
export {
  DEFAULT_LIFETIME_YEARS,
  type EmbodiedGrams,
  type EmbodiedKg,
  type EmbodiedUse,
  embodiedGrams,
  type Lifetime,
  withServer,
} from "./carbon/embodied.ts";
export {
  type EmissionFactor,
  FACTOR_TIERS,
  type FactorTier,
  type IntensitySource,
} from "./carbon/intensity-source.ts";
export { type PricedEnergy, priceEnergy } from "./carbon/price-energy.ts";
export { type MarketFactor, priceMarket } from "./carbon/price-market.ts";
export {
  type ChargeTerms,
  chargePhase,
  chargeTimed,
  implausibilityOf,
  isWeightAssumed,
  type PhaseWork,
  type TimedWork,
  tokensOf,
} from "./charge-phase.ts";
export { deriveSpanId, wordsOf } from "./derive-id.ts";
export { type Device, deviceKey } from "./device.ts";
export { JOULES_PER_KWH } from "./energy/joules-per-kwh.ts";
export type { MeterKind, MeterReading } from "./energy/meter-reading.ts";
export { meterWaitMs } from "./energy/meter-wait.ts";
export type { PodSighting } from "./energy/pod-sighting.ts";
export type {
  DeviceReading,
  MeteredDevice,
  MeterSink,
  PowerMeter,
  SharedUse,
} from "./energy/power-meter.ts";
export { type BoardPart, splitBoards } from "./energy/split-board.ts";
export type { EngineCount, EngineSample } from "./engine/engine-count.ts";
export { isEngineMetric, readEngineCounts } from "./engine/read-engine-counts.ts";
export {
  type Footprint,
  type FootprintContext,
  type FootprintStatus,
  footprintOf,
  type PueRange,
} from "./footprint.ts";
export { type HostRule, hostJoulesOf, hostShareOf } from "./host-energy.ts";
export {
  addNs,
  compareInstants,
  EPOCH_NS,
  elapsedNs,
  type Instant,
  instantOf,
  instantOfMs,
  unixMsOf,
  unixNanoOf,
} from "./instant.ts";
export {
  type MarkedPhase,
  markedPhaseKey,
  phaseIdOf,
  phaseNameOf,
  readMarkedPhase,
  workerNameOf,
} from "./marked-phase.ts";
export type { DeviceShare, Phase, PhaseName } from "./phase.ts";
export {
  areAlike,
  METHODOLOGY_VERSION,
  type PhaseDescription,
  type PhaseFigure,
  phaseAttributes,
  phaseFigures,
} from "./phase-attributes.ts";
export type { IdlePolicy, TimeShape, WeightMethod, WeightPolicy } from "./policies.ts";
export { energyBandOf, type RollUp, rollUp } from "./roll-up.ts";
export { litresOf, type WaterUse } from "./water.ts";

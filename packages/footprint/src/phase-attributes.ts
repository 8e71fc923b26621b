import {
  ATTR_FOOTPRINT_ATTRIBUTION_IDLE_POLICY,
  ATTR_FOOTPRINT_ATTRIBUTION_METHOD,
  ATTR_FOOTPRINT_ATTRIBUTION_REASON,
  ATTR_FOOTPRINT_ATTRIBUTION_TIME_SHAPE,
  ATTR_FOOTPRINT_CARBON_EMBODIED,
  ATTR_FOOTPRINT_CARBON_OPERATIONAL,
  ATTR_FOOTPRINT_CARBON_TOTAL,
  ATTR_FOOTPRINT_DEVICE_COUNT,
  ATTR_FOOTPRINT_DEVICE_IDS,
  ATTR_FOOTPRINT_ENERGY_ACCELERATOR,
  ATTR_FOOTPRINT_ENERGY_HOST,
  ATTR_FOOTPRINT_ENERGY_IDLE,
  ATTR_FOOTPRINT_ENERGY_LOWER,
  ATTR_FOOTPRINT_ENERGY_SOURCE,
  ATTR_FOOTPRINT_ENERGY_TOTAL,
  ATTR_FOOTPRINT_ENERGY_UPPER,
  ATTR_FOOTPRINT_ENERGY_WINDOW,
  ATTR_FOOTPRINT_FACILITY_PUE,
  ATTR_FOOTPRINT_FACILITY_WUE,
  ATTR_FOOTPRINT_GRID_ACCOUNTING_METHOD,
  ATTR_FOOTPRINT_GRID_CARBON_INTENSITY,
  ATTR_FOOTPRINT_GRID_DATA_STATUS,
  ATTR_FOOTPRINT_GRID_DATA_TIME,
  ATTR_FOOTPRINT_GRID_EMISSION_FACTOR_TYPE,
  ATTR_FOOTPRINT_GRID_FACTOR_ID,
  ATTR_FOOTPRINT_GRID_PROVIDER_NAME,
  ATTR_FOOTPRINT_GRID_SIGNAL_TYPE,
  ATTR_FOOTPRINT_GRID_ZONE,
  ATTR_FOOTPRINT_INFERENCE_INTERVAL_SOURCE,
  ATTR_FOOTPRINT_INFERENCE_PHASE,
  ATTR_FOOTPRINT_INFERENCE_PROCESSED_TOKENS,
  ATTR_FOOTPRINT_MEASUREMENT_COVERAGE,
  ATTR_FOOTPRINT_MEASUREMENT_REVISION,
  ATTR_FOOTPRINT_MEASUREMENT_STATUS,
  ATTR_FOOTPRINT_METHODOLOGY_BOUNDARY,
  ATTR_FOOTPRINT_METHODOLOGY_VERSION,
  ATTR_FOOTPRINT_WATER_CONSUMPTION,
  ATTR_GEN_AI_REQUEST_MODEL,
  type AttributeDetail,
  SPAN_FOOTPRINT_INFERENCE_PHASE_ATTRIBUTES,
  selectAttributes,
} from "@wattspan/semconv";
import { asDouble, type FootprintAttribute, type FootprintValue } from "./attributes.ts";
import type { PhaseEnergy } from "./attribution/sum-energy.ts";
import type { Footprint } from "./footprint.ts";
import { hostJoulesOf, isAcceleratorPart } from "./host-energy.ts";
import { type Instant, unixMsOf } from "./instant.ts";
import type { PhaseName } from "./phase.ts";
import type { WeightMethod } from "./policies.ts";
import { litresOf } from "./water.ts";

/** Name and version of the calculation, on every figure. */
export const METHODOLOGY_VERSION = "wattspan/0.1.0";

/** What a phase span says of the phase itself. */
export interface PhaseDescription {
  readonly phase: PhaseName;
  readonly model?: string | undefined;
  readonly processedTokens?: number | undefined;
  readonly intervalSource: string;
  readonly weights: WeightMethod;
  readonly revision: number;
}

/** An attribute of a phase that is a number of its own; in phases alike all other attributes are equal. */
export interface PhaseFigure {
  readonly key: string;
  readonly isInt: boolean;
  /** Undefined where it is not known or does not apply. */
  of(footprint: Footprint, description: PhaseDescription): number | undefined;
}

const METHODS: Readonly<Record<WeightMethod, string>> = {
  time: "time_weighted",
  tokens: "token_weighted",
  priced: "price_weighted",
  roofline: "roofline_weighted",
};

/** Attributes of a phase span at a level of detail, in the registry's order. */
export function phaseAttributes(
  footprint: Footprint,
  description: PhaseDescription,
  detail: AttributeDetail,
): FootprintAttribute[] {
  const traits = traitsOf(footprint, description);
  const found: FootprintAttribute[] = [];
  for (const { key, figure } of WRITTEN[detail]) {
    const value = figure ? figureOf(figure, footprint, description) : traits[key];
    if (value !== undefined) found.push({ key, value });
  }
  return found;
}

/** Those attributes at a level of detail that are numbers of a phase's own, in the registry's order. */
export function phaseFigures(detail: AttributeDetail): readonly PhaseFigure[] {
  return WRITTEN[detail].flatMap(({ figure }) => figure ?? []);
}

/** Whether all attributes of two phases are equal but their figures. */
export function areAlike(
  a: Footprint,
  aDescription: PhaseDescription,
  b: Footprint,
  bDescription: PhaseDescription,
): boolean {
  return (
    aDescription.phase === bDescription.phase &&
    aDescription.model === bDescription.model &&
    aDescription.intervalSource === bDescription.intervalSource &&
    aDescription.weights === bDescription.weights &&
    aDescription.revision === bDescription.revision &&
    a.status === b.status &&
    a.reason === b.reason &&
    a.factor === b.factor &&
    a.zone === b.zone &&
    a.pue === b.pue &&
    a.pueRange === b.pueRange &&
    a.water === b.water &&
    a.weights === b.weights &&
    areDevicesAlike(a, b)
  );
}

function areDevicesAlike({ energy: a }: Footprint, { energy: b }: Footprint): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.devices.length !== b.devices.length) return false;
  return a.devices.every((one, i) => {
    const other = b.devices[i];
    return (
      one.device === other?.device &&
      one.idlePolicy === other.idlePolicy &&
      one.timeShape === other.timeShape &&
      one.isModelled === other.isModelled &&
      one.meterKind === other.meterKind
    );
  });
}

/** Every attribute of a phase that is no figure. */
function traitsOf(
  footprint: Footprint,
  description: PhaseDescription,
): Readonly<Record<string, FootprintValue | undefined>> {
  const { energy, pue, factor } = footprint;
  const accelerators = energy?.devices.filter(isAcceleratorPart);
  const first = accelerators?.[0];
  return {
    [ATTR_FOOTPRINT_INFERENCE_PHASE]: description.phase,
    [ATTR_GEN_AI_REQUEST_MODEL]: description.model,
    [ATTR_FOOTPRINT_INFERENCE_INTERVAL_SOURCE]: description.intervalSource,
    [ATTR_FOOTPRINT_ATTRIBUTION_REASON]: footprint.reason,
    [ATTR_FOOTPRINT_DEVICE_IDS]: accelerators?.map(({ device }) => device.id),
    [ATTR_FOOTPRINT_DEVICE_COUNT]: accelerators && BigInt(accelerators.length),
    [ATTR_FOOTPRINT_ENERGY_SOURCE]: first && sourceOf(first.isModelled, first.meterKind),
    [ATTR_FOOTPRINT_ATTRIBUTION_METHOD]:
      energy && METHODS[footprint.weights ?? description.weights],
    [ATTR_FOOTPRINT_ATTRIBUTION_TIME_SHAPE]: first?.timeShape,
    [ATTR_FOOTPRINT_ATTRIBUTION_IDLE_POLICY]: first?.idlePolicy,
    [ATTR_FOOTPRINT_MEASUREMENT_STATUS]: footprint.status,
    [ATTR_FOOTPRINT_MEASUREMENT_REVISION]: BigInt(description.revision),
    [ATTR_FOOTPRINT_METHODOLOGY_VERSION]: METHODOLOGY_VERSION,
    [ATTR_FOOTPRINT_METHODOLOGY_BOUNDARY]: energy && boundaryOf(energy, pue),
    [ATTR_FOOTPRINT_GRID_SIGNAL_TYPE]: factor?.signal,
    [ATTR_FOOTPRINT_GRID_EMISSION_FACTOR_TYPE]: factor?.basis,
    [ATTR_FOOTPRINT_GRID_ACCOUNTING_METHOD]: factor?.accounting,
    [ATTR_FOOTPRINT_GRID_PROVIDER_NAME]: factor?.provider,
    [ATTR_FOOTPRINT_GRID_ZONE]: footprint.zone,
    [ATTR_FOOTPRINT_GRID_FACTOR_ID]: factor?.id,
    [ATTR_FOOTPRINT_GRID_DATA_TIME]: factor && isoTimeOf(factor.from),
    [ATTR_FOOTPRINT_GRID_DATA_STATUS]: factor?.tier,
  };
}

const isCharged = ({ phase }: PhaseDescription): boolean => phase !== "kv_transfer";

const FIGURES: Readonly<Record<string, PhaseFigure["of"]>> = {
  [ATTR_FOOTPRINT_ENERGY_ACCELERATOR]: ({ energy }, description) =>
    energy && isCharged(description)
      ? energy.energyJoules - (hostJoulesOf(energy) ?? 0)
      : undefined,
  [ATTR_FOOTPRINT_ENERGY_HOST]: ({ energy }, description) =>
    energy && isCharged(description) ? hostJoulesOf(energy) : undefined,
  [ATTR_FOOTPRINT_ENERGY_IDLE]: ({ energy }, description) =>
    energy &&
    isCharged(description) &&
    energy.devices.find(isAcceleratorPart)?.idlePolicy === "shared"
      ? energy.idleJoules
      : undefined,
  [ATTR_FOOTPRINT_ENERGY_TOTAL]: ({ energy, pue }, description) =>
    energy && isCharged(description) ? energy.energyJoules * pue : undefined,
  [ATTR_FOOTPRINT_ENERGY_LOWER]: ({ energy, pue, pueRange }, description) =>
    energy && isCharged(description) ? energy.lowerJoules * (pueRange?.lower ?? pue) : undefined,
  [ATTR_FOOTPRINT_ENERGY_UPPER]: ({ energy, pue, pueRange }, description) =>
    energy && isCharged(description) ? energy.upperJoules * (pueRange?.upper ?? pue) : undefined,
  [ATTR_FOOTPRINT_ENERGY_WINDOW]: ({ energy }, description) =>
    isCharged(description) ? undefined : energy?.windowJoules,
  // Just below 1 and not just above: a share.
  [ATTR_FOOTPRINT_MEASUREMENT_COVERAGE]: ({ energy }) =>
    energy && Math.min(energy.coverage, 1 - 2 ** -53),
  [ATTR_FOOTPRINT_CARBON_OPERATIONAL]: gramsOf,
  [ATTR_FOOTPRINT_CARBON_EMBODIED]: ({ embodiedGrams }, description) =>
    isCharged(description) ? embodiedGrams : undefined,
  [ATTR_FOOTPRINT_GRID_CARBON_INTENSITY]: (footprint, description) =>
    Number.isFinite(gramsOf(footprint, description)) ? footprint.gramsPerKwh : undefined,
  [ATTR_FOOTPRINT_FACILITY_PUE]: ({ energy, pue }) => energy && pue,
  [ATTR_FOOTPRINT_FACILITY_WUE]: ({ energy, water }) => energy && water?.siteLitresPerKwh,
  [ATTR_FOOTPRINT_WATER_CONSUMPTION]: ({ energy, pue, water }, description) =>
    energy && water && isCharged(description)
      ? litresOf(energy.energyJoules, water, pue)
      : undefined,
};

function gramsOf(
  { energy, gramsCo2e }: Footprint,
  description: PhaseDescription,
): number | undefined {
  return energy && isCharged(description) ? gramsCo2e : undefined;
}

/** Of the emissions that the same level of detail shows. */
function totalGramsAt(detail: AttributeDetail): PhaseFigure["of"] {
  if (detail !== "full") return gramsOf;
  return (footprint, description) => {
    const grams = gramsOf(footprint, description);
    return grams === undefined ? undefined : grams + (footprint.embodiedGrams ?? 0);
  };
}

function boundaryOf(energy: PhaseEnergy, pue: number): string {
  if (pue > 1) return "facility";
  return hostJoulesOf(energy) === undefined ? "accelerator" : "server";
}

const TOKENS: PhaseFigure = {
  key: ATTR_FOOTPRINT_INFERENCE_PROCESSED_TOKENS,
  isInt: true,
  of: (_, { processedTokens }) =>
    processedTokens === undefined ? undefined : Math.round(processedTokens),
};

const WRITTEN = {
  minimal: writtenAt("minimal"),
  standard: writtenAt("standard"),
  full: writtenAt("full"),
};

function writtenAt(
  detail: AttributeDetail,
): readonly { readonly key: string; readonly figure: PhaseFigure | undefined }[] {
  const keys = [...selectAttributes(SPAN_FOOTPRINT_INFERENCE_PHASE_ATTRIBUTES, detail)];
  return keys.map((key) => ({ key, figure: key === TOKENS.key ? TOKENS : doubleOf(key, detail) }));
}

function doubleOf(key: string, detail: AttributeDetail): PhaseFigure | undefined {
  const of = key === ATTR_FOOTPRINT_CARBON_TOTAL ? totalGramsAt(detail) : FIGURES[key];
  return (
    of && { key, isInt: false, of: (footprint, description) => finite(of(footprint, description)) }
  );
}

function finite(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value) ? undefined : asDouble(value);
}

function figureOf(
  { isInt, of }: PhaseFigure,
  footprint: Footprint,
  description: PhaseDescription,
): number | bigint | undefined {
  const value = of(footprint, description);
  return isInt && value !== undefined ? BigInt(value) : value;
}

function sourceOf(isModelled: boolean, kind: "counter" | "power" | undefined): string {
  if (isModelled) return "model";
  return kind === "power" ? "power_integration" : "energy_counter";
}

function isoTimeOf(instant: Instant): string {
  return new Date(unixMsOf(instant)).toISOString();
}

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
  ATTR_FOOTPRINT_REQUEST_CARBON,
  ATTR_FOOTPRINT_REQUEST_ENERGY,
  ATTR_FOOTPRINT_REQUEST_ENERGY_BAND,
  ATTR_FOOTPRINT_TRACE_CARBON,
  ATTR_FOOTPRINT_TRACE_ENERGY,
  ATTR_FOOTPRINT_TRACE_REQUESTS,
  ATTR_GEN_AI_REQUEST_MODEL,
  type AttributeDetail,
  GROUP_FOOTPRINT_REQUEST_ATTRIBUTES,
  SPAN_FOOTPRINT_INFERENCE_PHASE_ATTRIBUTES,
  selectAttributes,
} from "@wattspan/semconv";
import type { Footprint } from "./footprint.ts";
import { hostJoulesOf } from "./host-energy.ts";
import { type Instant, unixMsOf } from "./instant.ts";
import type { PhaseName } from "./phase.ts";
import type { WeightMethod } from "./policies.ts";
import { energyBandOf, type RollUp } from "./roll-up.ts";

/** Name and version of the calculation, on every figure. */
export const METHODOLOGY_VERSION = "wattspan/0.1.0";

/** A value as both paths write it: numbers are doubles, bigints are ints. */
export type FootprintValue = string | number | bigint | readonly string[];

/** An attribute of ours. */
export interface FootprintAttribute {
  readonly key: string;
  readonly value: FootprintValue;
}

/** What a phase span says of the phase itself. */
export interface PhaseDescription {
  readonly phase: PhaseName;
  readonly model?: string;
  readonly processedTokens?: number;
  readonly intervalSource: string;
  readonly weights: WeightMethod;
  readonly revision: number;
}

const METHODS: Readonly<Record<WeightMethod, string>> = {
  time: "time_weighted",
  tokens: "token_weighted",
  priced: "price_weighted",
  roofline: "roofline_weighted",
};

/**
 * A double that no serializer takes for an int: whole values move to the next representable double, a measured zero
 * becomes the smallest positive one. Backends type a column by its first value.
 */
export function asDouble(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 52) return value;
  const next = value * (1 + Number.EPSILON);
  return Number.isInteger(next) ? value * (1 + 2 * Number.EPSILON) : next;
}

/** Attributes of a phase span at a level of detail, in the registry's order. */
export function phaseAttributes(
  footprint: Footprint,
  description: PhaseDescription,
  detail: AttributeDetail,
): FootprintAttribute[] {
  const { energy, pue, factor } = footprint;
  const double = (value: number | undefined): number | undefined =>
    value === undefined || !Number.isFinite(value) ? undefined : asDouble(value);
  const isCharged = energy !== undefined && description.phase !== "kv_transfer";
  const accelerators = energy?.devices.filter(({ device }) => device.isHost !== true);
  const first = accelerators?.[0];
  const hostJoules = isCharged ? hostJoulesOf(energy) : undefined;
  const total = isCharged ? double(energy.energyJoules * pue) : undefined;
  const grams = isCharged ? double(footprint.gramsCo2e) : undefined;
  const embodied = isCharged && detail === "full" ? footprint.embodiedGrams : undefined;
  return select(SPAN_FOOTPRINT_INFERENCE_PHASE_ATTRIBUTES, detail, {
    [ATTR_FOOTPRINT_INFERENCE_PHASE]: description.phase,
    [ATTR_GEN_AI_REQUEST_MODEL]: description.model,
    [ATTR_FOOTPRINT_INFERENCE_PROCESSED_TOKENS]:
      description.processedTokens === undefined
        ? undefined
        : BigInt(Math.round(description.processedTokens)),
    [ATTR_FOOTPRINT_INFERENCE_INTERVAL_SOURCE]: description.intervalSource,
    [ATTR_FOOTPRINT_ATTRIBUTION_REASON]: footprint.reason,
    [ATTR_FOOTPRINT_DEVICE_IDS]: accelerators?.map(({ device }) => device.id),
    [ATTR_FOOTPRINT_DEVICE_COUNT]: accelerators && BigInt(accelerators.length),
    [ATTR_FOOTPRINT_ENERGY_ACCELERATOR]: isCharged
      ? double(energy.energyJoules - (hostJoules ?? 0))
      : undefined,
    [ATTR_FOOTPRINT_ENERGY_HOST]: double(hostJoules),
    [ATTR_FOOTPRINT_ENERGY_IDLE]:
      isCharged && first?.idlePolicy === "shared" ? double(energy.idleJoules) : undefined,
    [ATTR_FOOTPRINT_ENERGY_TOTAL]: total,
    [ATTR_FOOTPRINT_ENERGY_LOWER]: isCharged ? double(energy.lowerJoules * pue) : undefined,
    [ATTR_FOOTPRINT_ENERGY_UPPER]: isCharged ? double(energy.upperJoules * pue) : undefined,
    [ATTR_FOOTPRINT_ENERGY_WINDOW]:
      description.phase === "kv_transfer" ? double(energy?.windowJoules) : undefined,
    [ATTR_FOOTPRINT_ENERGY_SOURCE]: first && sourceOf(first.isModelled, first.meterKind),
    [ATTR_FOOTPRINT_ATTRIBUTION_METHOD]:
      energy && METHODS[footprint.weights ?? description.weights],
    [ATTR_FOOTPRINT_ATTRIBUTION_TIME_SHAPE]: first?.timeShape,
    [ATTR_FOOTPRINT_ATTRIBUTION_IDLE_POLICY]: first?.idlePolicy,
    [ATTR_FOOTPRINT_MEASUREMENT_STATUS]: footprint.status,
    // Just below 1 and not just above: a share.
    [ATTR_FOOTPRINT_MEASUREMENT_COVERAGE]: double(
      energy && Math.min(energy.coverage, 1 - 2 ** -53),
    ),
    [ATTR_FOOTPRINT_MEASUREMENT_REVISION]: BigInt(description.revision),
    [ATTR_FOOTPRINT_METHODOLOGY_VERSION]: METHODOLOGY_VERSION,
    [ATTR_FOOTPRINT_METHODOLOGY_BOUNDARY]: energy && boundaryOf(pue, hostJoules !== undefined),
    [ATTR_FOOTPRINT_CARBON_OPERATIONAL]: grams,
    [ATTR_FOOTPRINT_CARBON_EMBODIED]: double(embodied),
    [ATTR_FOOTPRINT_CARBON_TOTAL]:
      isCharged && footprint.gramsCo2e !== undefined
        ? double(footprint.gramsCo2e + (embodied ?? 0))
        : undefined,
    [ATTR_FOOTPRINT_GRID_CARBON_INTENSITY]: grams && double(footprint.gramsPerKwh),
    [ATTR_FOOTPRINT_GRID_SIGNAL_TYPE]: factor?.signal,
    [ATTR_FOOTPRINT_GRID_EMISSION_FACTOR_TYPE]: factor?.basis,
    [ATTR_FOOTPRINT_GRID_ACCOUNTING_METHOD]: factor?.accounting,
    [ATTR_FOOTPRINT_GRID_PROVIDER_NAME]: factor?.provider,
    [ATTR_FOOTPRINT_GRID_ZONE]: footprint.zone,
    [ATTR_FOOTPRINT_GRID_FACTOR_ID]: factor?.id,
    [ATTR_FOOTPRINT_GRID_DATA_TIME]: factor && isoTimeOf(factor.from),
    [ATTR_FOOTPRINT_GRID_DATA_STATUS]: factor?.tier,
    [ATTR_FOOTPRINT_FACILITY_PUE]: energy && double(pue),
  });
}

/** Attributes of the one span that carries a request's roll-up. */
export function requestAttributes(
  request: RollUp,
  isFacility: boolean,
  revision: number,
  detail: AttributeDetail,
): FootprintAttribute[] {
  const { totalJoules, gramsCo2e } = request;
  return select(GROUP_FOOTPRINT_REQUEST_ATTRIBUTES, detail === "minimal" ? "standard" : detail, {
    [ATTR_FOOTPRINT_REQUEST_ENERGY]: totalJoules === undefined ? undefined : asDouble(totalJoules),
    [ATTR_FOOTPRINT_REQUEST_ENERGY_BAND]:
      totalJoules === undefined ? undefined : energyBandOf(totalJoules),
    [ATTR_FOOTPRINT_REQUEST_CARBON]: gramsCo2e === undefined ? undefined : asDouble(gramsCo2e),
    [ATTR_FOOTPRINT_MEASUREMENT_STATUS]: request.status,
    [ATTR_FOOTPRINT_MEASUREMENT_REVISION]: BigInt(revision),
    [ATTR_FOOTPRINT_METHODOLOGY_BOUNDARY]: isFacility ? "facility" : "accelerator",
  });
}

/** Attributes of the topmost span of a trace with several requests. */
export function traceAttributes(trace: RollUp, requests: number): FootprintAttribute[] {
  const { totalJoules, gramsCo2e } = trace;
  return [
    ...(totalJoules === undefined
      ? []
      : [{ key: ATTR_FOOTPRINT_TRACE_ENERGY, value: asDouble(totalJoules) }]),
    ...(gramsCo2e === undefined
      ? []
      : [{ key: ATTR_FOOTPRINT_TRACE_CARBON, value: asDouble(gramsCo2e) }]),
    { key: ATTR_FOOTPRINT_TRACE_REQUESTS, value: BigInt(requests) },
  ];
}

function boundaryOf(pue: number, hasHost: boolean): string {
  if (pue > 1) return "facility";
  return hasHost ? "server" : "accelerator";
}

function sourceOf(isModelled: boolean, kind: "counter" | "power" | undefined): string {
  if (isModelled) return "model";
  return kind === "power" ? "power_integration" : "energy_counter";
}

function isoTimeOf(instant: Instant): string {
  return new Date(unixMsOf(instant)).toISOString();
}

function select(
  levels: Parameters<typeof selectAttributes>[0],
  detail: AttributeDetail,
  values: Readonly<Record<string, FootprintValue | undefined>>,
): FootprintAttribute[] {
  const found: FootprintAttribute[] = [];
  for (const key of selectAttributes(levels, detail)) {
    const value = values[key];
    if (value !== undefined) found.push({ key, value });
  }
  return found;
}

import type { DeviceEnergy, PhaseEnergy } from "./attribution/sum-energy.ts";
import { chargeEmbodied } from "./carbon/charge-embodied.ts";
import type { EmbodiedKg } from "./carbon/embodied.ts";
import type { EmissionFactor, IntensitySource } from "./carbon/intensity-source.ts";
import { priceEnergy } from "./carbon/price-energy.ts";
import type { Device } from "./device.ts";
import type { WeightMethod } from "./policies.ts";

/** How far a figure can be trusted, worst first; the first that applies. */
export type FootprintStatus = "missing" | "estimated" | "partial" | "provisional" | "measured";

/** What is known of a phase beside its energy. */
export interface FootprintContext {
  readonly zone?: string;
  readonly pue?: number;
  readonly intensity: IntensitySource | undefined;
  /** Emissions of making a device, where the figure shall have its share of them. */
  readonly embodiedKgOf?: (device: Device) => EmbodiedKg | undefined;
  /** Why the phase could not be placed on devices at all. */
  readonly unplaced?: string;
  /** Nothing said which of the node's devices it was. */
  readonly isGuessed: boolean;
  /** The number of computed tokens was not told. */
  readonly isAssumedWeight: boolean;
  /** How the phase was weighed, where it is not as configured. */
  readonly weights?: WeightMethod;
  readonly includesQueueing: boolean;
  /** Why window or load are known only in part, e.g. `other_process`. */
  readonly partial?: string;
  /** Phases that overlap may still be unknown. */
  readonly isProvisional: boolean;
}

/** Energy and emissions of one phase; figures are absent, never 0, where unknown. */
export interface Footprint {
  readonly status: FootprintStatus;
  /** Why the figure is missing, partial or provisional, or has no grams. */
  readonly reason?: string;
  /** Joules at the meter. */
  readonly energy?: PhaseEnergy;
  readonly pue: number;
  /** How the phase was weighed, where it is not as configured. */
  readonly weights?: WeightMethod;
  readonly zone?: string;
  /** Operational emissions. */
  readonly gramsCo2e?: number;
  /** Of making the devices, the middle figure; where it was asked for and is known. */
  readonly embodiedGrams?: number;
  readonly gramsPerKwh?: number;
  readonly factor?: EmissionFactor;
}

/** Footprint of a phase from its energy and its place. */
export function footprintOf(energy: PhaseEnergy | undefined, context: FootprintContext): Footprint {
  const pue = context.pue ?? 1;
  const place = context.zone === undefined ? {} : { zone: context.zone };
  if (energy === undefined || energy.coverage <= 0) {
    return { status: "missing", reason: context.unplaced ?? "no_reading", pue, ...place };
  }
  const priced = priceEnergy(energy.devices, context.zone, pue, context.intensity);
  const { status, reason } = judge(energy, context);
  const weighed = context.weights === undefined ? {} : { weights: context.weights };
  const embodied =
    context.embodiedKgOf === undefined ? undefined : chargeEmbodied(energy, context.embodiedKgOf);
  const made = embodied === undefined ? {} : { embodiedGrams: embodied.central };
  const base = { status, energy, pue, ...weighed, ...place, ...made };
  if ("missing" in priced) {
    return { ...base, reason: reason ?? priced.missing };
  }
  return { ...base, ...priced, ...(reason === undefined ? {} : { reason }) };
}

function judge(
  energy: PhaseEnergy,
  context: FootprintContext,
): { status: FootprintStatus; reason?: string } {
  if (energy.devices.some(isModelled)) return { status: "estimated", reason: "device_model" };
  if (energy.coverage < 1 - 1e-9) return { status: "partial", reason: "gap" };
  if (context.includesQueueing) return { status: "partial", reason: "queueing" };
  if (context.isGuessed) return { status: "partial", reason: "devices_unknown" };
  if (context.isAssumedWeight) return { status: "partial", reason: "tokens_unknown" };
  if (context.partial !== undefined) return { status: "partial", reason: context.partial };
  if (context.isProvisional) return { status: "provisional", reason: "open_window" };
  return { status: "measured" };
}

const isModelled = (device: DeviceEnergy): boolean => device.isModelled;

import type { DeviceEnergy, PhaseEnergy } from "./attribution/sum-energy.ts";
import { chargeEmbodied } from "./carbon/charge-embodied.ts";
import type { EmbodiedKg } from "./carbon/embodied.ts";
import type { EmissionFactor, IntensitySource } from "./carbon/intensity-source.ts";
import { type PricedEnergy, priceEnergy } from "./carbon/price-energy.ts";
import type { Device } from "./device.ts";
import type { WeightMethod } from "./policies.ts";

/** How far a figure can be trusted, worst first; the first that applies. */
export type FootprintStatus = "missing" | "estimated" | "partial" | "provisional" | "measured";

/** What is known of a phase beside its energy. */
export interface FootprintContext {
  readonly zone?: string | undefined;
  readonly pue?: number | undefined;
  readonly intensity: IntensitySource | undefined;
  /** Emissions of making a device, where the figure shall have its share of them. */
  readonly embodiedKgOf?: ((device: Device) => EmbodiedKg | undefined) | undefined;
  /** Why the phase could not be placed on devices at all. */
  readonly unplaced?: string | undefined;
  /** Nothing said which of the node's devices it was. */
  readonly isGuessed: boolean;
  /** The number of computed tokens was not told. */
  readonly isAssumedWeight: boolean;
  /** How the phase was weighed, where it is not as configured. */
  readonly weights?: WeightMethod | undefined;
  readonly includesQueueing: boolean;
  /** Why window or load are known only in part, e.g. `other_process`. */
  readonly partial?: string | undefined;
  /** Phases that overlap may still be unknown. */
  readonly isProvisional: boolean;
}

/** Energy and emissions of one phase; figures are absent, never 0, where unknown. */
export interface Footprint {
  readonly status: FootprintStatus;
  /** Why the figure is missing, partial or provisional, or has no grams. */
  readonly reason?: string | undefined;
  /** Joules at the meter. */
  readonly energy?: PhaseEnergy | undefined;
  readonly pue: number;
  /** How the phase was weighed, where it is not as configured. */
  readonly weights?: WeightMethod | undefined;
  readonly zone?: string | undefined;
  /** Operational emissions. */
  readonly gramsCo2e?: number | undefined;
  /** Of making the devices, the middle figure; where it was asked for and is known. */
  readonly embodiedGrams?: number | undefined;
  readonly gramsPerKwh?: number | undefined;
  readonly factor?: EmissionFactor | undefined;
}

/** Footprint of a phase from its energy and its place. */
export function footprintOf(energy: PhaseEnergy | undefined, context: FootprintContext): Footprint {
  const { zone, pue = 1 } = context;
  if (energy === undefined || energy.coverage <= 0) {
    return footprint(missing(context.unplaced ?? "no_reading"), pue, zone);
  }
  const priced = priceEnergy(energy.devices, zone, pue, context.intensity);
  const verdict = judge(energy, context);
  const charged = {
    energy,
    weights: context.weights,
    embodiedGrams: context.embodiedKgOf && chargeEmbodied(energy, context.embodiedKgOf)?.central,
  };
  if (!("missing" in priced)) {
    return footprint(verdict, pue, zone, charged, priced);
  }
  const { status, reason = priced.missing } = verdict;
  return footprint({ status, reason }, pue, zone, charged);
}

/** Every footprint has the same fields, in the same order: code that reads many is thrice as fast. */
function footprint(
  { status, reason }: Verdict,
  pue: number,
  zone: string | undefined,
  charged?: Pick<Footprint, "energy" | "weights" | "embodiedGrams">,
  priced?: Exclude<PricedEnergy, { missing: string }>,
): Footprint {
  return {
    status,
    reason,
    energy: charged?.energy,
    pue,
    weights: charged?.weights,
    zone,
    gramsCo2e: priced?.gramsCo2e,
    embodiedGrams: charged?.embodiedGrams,
    gramsPerKwh: priced?.gramsPerKwh,
    factor: priced?.factor,
  };
}

interface Verdict {
  readonly status: FootprintStatus;
  readonly reason?: string;
}

const MEASURED: Verdict = { status: "measured" };
const missing = (reason: string): Verdict => ({ status: "missing", reason });
const partial = (reason: string): Verdict => ({ status: "partial", reason });

function judge(energy: PhaseEnergy, context: FootprintContext): Verdict {
  if (energy.devices.some(isModelled)) return { status: "estimated", reason: "device_model" };
  if (energy.coverage < 1 - 1e-9) return partial("gap");
  if (context.includesQueueing) return partial("queueing");
  if (context.isGuessed) return partial("devices_unknown");
  if (context.isAssumedWeight) return partial("tokens_unknown");
  if (context.partial !== undefined) return partial(context.partial);
  if (context.isProvisional) return { status: "provisional", reason: "open_window" };
  return MEASURED;
}

const isModelled = (device: DeviceEnergy): boolean => device.isModelled;

import {
  type Device,
  type EmbodiedKg,
  type Footprint,
  footprintOf,
  isWeightAssumed,
  type PhaseEnergy,
} from "@wattspan/footprint";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { PlacedDevice } from "../trace/place-worker.ts";
import { chargeTermsOf } from "./charge-terms.ts";
import type { StagedPhase } from "./device-stage.ts";

/** A figure on a part of a board rests on how the board's energy is shared. */
const SHARED_BOARD = "shared_board";

/** What a phase was charged, or why it was not. */
export interface ChargedPhase {
  /** Undefined while nothing is known. */
  readonly energy: PhaseEnergy | undefined;
  readonly refusal: string | undefined;
}

/** How well the load beside a phase is known. */
interface Certainty {
  /** Why it is known in part only. */
  readonly partial: string | undefined;
  readonly isProvisional: boolean;
}

/** A phase's figures from what its devices charged it: the same wherever the two come together. */
export function phaseFootprint(
  phase: StagedPhase,
  { energy, refusal }: ChargedPhase,
  { partial, isProvisional }: Certainty,
  options: Pick<PipelineOptions, "attribution" | "intensity" | "attributes">,
): Footprint {
  const { attribution, intensity } = options;
  const isFull = options.attributes === "full";
  const { placement } = phase;
  const unplaced = "missing" in placement ? placement.missing : refusal;
  const place = "missing" in placement ? undefined : placement;
  const devices = place?.devices ?? [];
  const reason = devices.some(({ board }) => board !== undefined) ? SHARED_BOARD : partial;
  return footprintOf(energy, {
    zone: place?.zone,
    pue: place?.pue,
    pueRange: place?.pueRange,
    water: isFull ? place?.water : undefined,
    intensity,
    embodiedKgOf: isFull ? embodiedKgIn(devices) : undefined,
    unplaced,
    ...chargeTermsOf(devices, attribution).deviation,
    isGuessed: place?.isGuessed ?? false,
    isAssumedWeight: isWeightAssumed(phase, attribution.weights),
    partial: reason,
    includesQueueing: phase.includesQueueing,
    isProvisional,
  });
}

/** Looks up the emissions of making a device among those that a phase ran on. */
export function embodiedKgIn(
  devices: readonly PlacedDevice[],
): (device: Device) => EmbodiedKg | undefined {
  return ({ key }) => devices.find((device) => device.key === key)?.embodiedKg;
}

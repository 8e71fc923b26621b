import {
  type Footprint,
  footprintOf,
  isWeightAssumed,
  type PhaseEnergy,
} from "@wattspan/footprint";
import type { PipelineOptions } from "../pipeline-options.ts";
import { chargeTermsOf } from "./charge-terms.ts";
import type { StagedPhase } from "./device-stage.ts";

/** What a phase was charged, or why it was not. */
export interface ChargedPhase {
  /** Undefined while nothing is known. */
  readonly energy: PhaseEnergy | undefined;
  readonly refusal: string | undefined;
}

/** A phase's figures from what its devices charged it: the same wherever the two come together. */
export function phaseFootprint(
  phase: StagedPhase,
  { energy, refusal }: ChargedPhase,
  { attribution, intensity }: Pick<PipelineOptions, "attribution" | "intensity">,
  isProvisional: boolean,
): Footprint {
  const { placement } = phase;
  const unplaced = "missing" in placement ? placement.missing : refusal;
  const place = "missing" in placement ? undefined : placement;
  return footprintOf(energy, {
    ...(place?.zone === undefined ? {} : { zone: place.zone }),
    ...(place?.pue === undefined ? {} : { pue: place.pue }),
    intensity,
    ...(unplaced === undefined ? {} : { unplaced }),
    ...chargeTermsOf(place?.devices ?? [], attribution).deviation,
    isGuessed: place?.isGuessed ?? false,
    isAssumedWeight: isWeightAssumed(phase, attribution.weights),
    includesQueueing: phase.includesQueueing,
    isProvisional,
  });
}

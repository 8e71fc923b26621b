import {
  type Device,
  deviceKey,
  type EmbodiedKg,
  type Footprint,
  footprintOf,
  isWeightAssumed,
  type PhaseEnergy,
} from "@wattspan/footprint";
import type { NodeOptions, PipelineOptions } from "../pipeline-options.ts";
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

/** Phases' figures from what their devices charged them: the same wherever the two come together. */
export interface PhaseDescriber {
  /** Takes up what is configured of nodes. */
  add(nodes: readonly NodeOptions[]): void;
  footprintOf(phase: StagedPhase, charged: ChargedPhase, certainty: Certainty): Footprint;
}

/** Creates it with the configured nodes. */
export function createPhaseDescriber({
  attribution,
  intensity,
  attributes,
  nodes,
}: Pick<PipelineOptions, "attribution" | "intensity" | "attributes" | "nodes">): PhaseDescriber {
  /** Emissions of making the devices, by key. */
  const embodiedKg = new Map<string, EmbodiedKg | undefined>();
  const embodied =
    attributes === "full" ? { embodiedKgOf: ({ key }: Device) => embodiedKg.get(key) } : {};

  function add(more: readonly NodeOptions[]): void {
    for (const { name, devices } of more) {
      for (const device of devices) embodiedKg.set(deviceKey(name, device.id), device.embodiedKg);
    }
  }

  add(nodes);
  return {
    add,
    footprintOf(phase, { energy, refusal }, { partial, isProvisional }) {
      const { placement } = phase;
      const unplaced = "missing" in placement ? placement.missing : refusal;
      const place = "missing" in placement ? undefined : placement;
      const devices = place?.devices ?? [];
      const reason = devices.some(({ board }) => board !== undefined) ? SHARED_BOARD : partial;
      return footprintOf(energy, {
        ...(place?.zone === undefined ? {} : { zone: place.zone }),
        ...(place?.pue === undefined ? {} : { pue: place.pue }),
        ...(place?.pueRange === undefined ? {} : { pueRange: place.pueRange }),
        ...(place?.water === undefined || attributes !== "full" ? {} : { water: place.water }),
        intensity,
        ...embodied,
        ...(unplaced === undefined ? {} : { unplaced }),
        ...chargeTermsOf(devices, attribution).deviation,
        isGuessed: place?.isGuessed ?? false,
        isAssumedWeight: isWeightAssumed(phase, attribution.weights),
        ...(reason === undefined ? {} : { partial: reason }),
        includesQueueing: phase.includesQueueing,
        isProvisional,
      });
    },
  };
}

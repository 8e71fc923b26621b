import type { Ledger, Phase, PhaseEnergy } from "@wattspan/footprint";

/** The energy of a phase by its place among those that were charged; undefined where it was refused. */
export type EnergyAt = (place: number) => PhaseEnergy | undefined;

/** Puts phases into the ledger in this order. */
export function chargeAll(ledger: Ledger, phases: readonly Phase[]): EnergyAt {
  const handles = phases.map((phase) => ledger.upsertPhase(phase));
  return (place) => {
    const handle = handles[place];
    return typeof handle === "number" ? ledger.energyOf(handle) : undefined;
  };
}

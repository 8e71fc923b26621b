import { type EmissionFactor, type IntensitySource, instantOfMs } from "@wattspan/footprint";
import type { NodeOptions } from "../pipeline-options.ts";

/** The factors in force now in the zones of nodes; a zone without one is left out. */
export function factorsInForce(
  nodes: readonly NodeOptions[],
  intensity: IntensitySource | undefined,
): readonly (readonly [zone: string, factor: EmissionFactor])[] {
  const now = instantOfMs(Date.now());
  return [...new Set(nodes.flatMap(({ zone }) => zone ?? []))].flatMap((zone) => {
    const factor = intensity?.factorAt(zone, now);
    return factor === undefined || "missing" in factor ? [] : [[zone, factor] as const];
  });
}

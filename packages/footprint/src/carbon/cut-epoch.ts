import type { IntensitySource } from "./intensity-source.ts";

const NO_CUTS: readonly number[] = [];

/**
 * Where the factor of `zone` changes inside an epoch, ns from its start and ascending: at these times energy is split
 * before it is priced. None where there is no factor.
 */
export function cutEpoch(
  intensity: IntensitySource,
  zone: string,
  epoch: number,
): readonly number[] {
  let cuts: number[] | undefined;
  for (let ns = 0; ; ) {
    const factor = intensity.factorAt(zone, { epoch, ns });
    if ("missing" in factor || factor.to.epoch !== epoch || factor.to.ns <= ns) break;
    ns = factor.to.ns;
    cuts = [...(cuts ?? NO_CUTS), ns];
  }
  return cuts ?? NO_CUTS;
}

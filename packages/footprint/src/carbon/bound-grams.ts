import type { PhaseEnergy } from "../attribution/sum-energy.ts";
import { elapsedNs } from "../instant.ts";
import { type CarbonBand, carbonBand } from "./carbon-band.ts";
import { type EmissionFactor, FACTOR_TIERS, type IntensitySource } from "./intensity-source.ts";

const NS_PER_MONTH = (365.25 / 12) * 86_400e9;

/**
 * Bounds of a phase's grams by `carbonBand`: of the energy, and of the worst of the factors in force. Undefined where
 * there is no energy to bound or a factor is missing; the upper bound is Infinity where the energy's is.
 */
export function boundGrams(
  energy: PhaseEnergy,
  gramsCo2e: number,
  zone: string,
  intensity: IntensitySource,
): CarbonBand | undefined {
  const { energyJoules, lowerJoules, upperJoules } = energy;
  const worst = worstFactor(energy, zone, intensity);
  if (worst === undefined || !(energyJoules > 0)) return undefined;
  const { factor, tableMonths } = worst;
  return carbonBand({
    gramsCo2e,
    energyLower: lowerJoules / energyJoules,
    energyUpper: upperJoules / energyJoules,
    tier: factor.tier,
    tableMonths,
    isManyGrids: factor.flags?.includes("country_of_many_grids") ?? false,
  });
}

function worstFactor(
  { devices }: PhaseEnergy,
  zone: string,
  intensity: IntensitySource,
): { readonly factor: EmissionFactor; readonly tableMonths: number } | undefined {
  let worst: { factor: EmissionFactor; tableMonths: number } | undefined;
  for (const slice of devices.flatMap(({ slices }) => slices)) {
    const factor = intensity.factorAt(zone, slice);
    if ("missing" in factor) return undefined;
    if (worst !== undefined && rankOf(factor) <= rankOf(worst.factor)) continue;
    worst = { factor, tableMonths: tableMonthsOf(factor, slice) };
  }
  return worst;
}

const rankOf = ({ tier }: EmissionFactor): number => FACTOR_TIERS.indexOf(tier);

/** Months from the end of a table's year; 0 where the table does not tell its year. */
function tableMonthsOf({ from }: EmissionFactor, at: EmissionFactor["from"]): number {
  return from.epoch === 0 ? 0 : Math.max(0, elapsedNs(from, at) / NS_PER_MONTH - 12);
}

import type { DeviceEnergy } from "../attribution/sum-energy.ts";
import { JOULES_PER_KWH } from "../energy/joules-per-kwh.ts";
import type { EmissionFactor, IntensitySource } from "./intensity-source.ts";

/** Joules in a kilowatt-hour. */

/** Emissions of energy drawn on one grid, or why there are none. */
export type PricedEnergy =
  | {
      readonly gramsCo2e: number;
      /** Energy-weighted mean where the energy crosses factors. */
      readonly gramsPerKwh: number;
      /** The one factor in force; absent where the energy crosses factors. */
      readonly factor?: EmissionFactor | undefined;
    }
  | { readonly missing: string };

/**
 * Grams of CO2 equivalent: the sum over slices of joules times PUE times the factor in force, a step function of
 * time (SCI, ISO/IEC 21031: O = E x I). `pue` is at least 1.
 */
export function priceEnergy(
  devices: readonly DeviceEnergy[],
  zone: string | undefined,
  pue: number,
  intensity: IntensitySource | undefined,
): PricedEnergy {
  if (zone === undefined) return { missing: "no_zone" };
  if (intensity === undefined) return { missing: "no_intensity_source" };
  let gramsCo2e = 0;
  let joules = 0;
  let factor: EmissionFactor | undefined;
  let isMixed = false;
  for (const device of devices) {
    for (const slice of device.slices) {
      const found = intensity.factorAt(zone, slice);
      if ("missing" in found) return found;
      isMixed ||= factor !== undefined && factor.id !== found.id;
      factor = found;
      gramsCo2e += (slice.joules * pue * found.gramsPerKwh) / JOULES_PER_KWH;
      joules += slice.joules * pue;
    }
  }
  if (factor === undefined) return { missing: "no_energy" };
  const gramsPerKwh = isMixed ? (gramsCo2e / joules) * JOULES_PER_KWH : factor.gramsPerKwh;
  return { gramsCo2e, gramsPerKwh, factor: isMixed ? undefined : factor };
}

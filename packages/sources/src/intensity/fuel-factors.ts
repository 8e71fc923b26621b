/** Fuels that a production mix is told in. */
export type Fuel =
  | "biomass"
  | "coal"
  | "gas"
  | "geothermal"
  | "hydro"
  | "nuclear"
  | "oil"
  | "solar"
  | "wind_offshore"
  | "wind_onshore";

/** Where the lifecycle factors are from. */
export const FUEL_FACTORS_SOURCE = "IPCC AR5 WG III annex III table A.III.2 (medians); oil UK POST";

/** Lifecycle emissions of a fuel's electricity, g CO2e/kWh. */
const LIFECYCLE: Readonly<Record<Fuel, number>> = {
  biomass: 230,
  // Lignite and peat too: the table has one row for coal.
  coal: 820,
  gas: 490,
  geothermal: 38,
  hydro: 24,
  nuclear: 12,
  // The table has no row for oil.
  oil: 650,
  solar: 48,
  wind_offshore: 12,
  wind_onshore: 11,
};

/** Least share of the energy whose fuel must have a factor. */
const LEAST_KNOWN_SHARE = 0.9;

/**
 * Intensity of a production mix, g CO2e/kWh: the mean of the fuels' factors by energy (any unit). Energy of other fuels
 * (`undefined`) is left out; where it is more than a tenth there is no figure. Negative energy is own use, not production.
 */
export function mixIntensity(
  energies: Iterable<readonly [Fuel | undefined, number]>,
): number | undefined {
  let total = 0;
  let known = 0;
  let emissions = 0;
  for (const [fuel, energy] of energies) {
    if (!(energy > 0)) continue;
    total += energy;
    if (fuel === undefined) continue;
    known += energy;
    emissions += energy * LIFECYCLE[fuel];
  }
  if (total === 0 || known < total * LEAST_KNOWN_SHARE) return undefined;
  return emissions / known;
}

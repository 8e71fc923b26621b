/** Seconds in a Julian year. */
const SECONDS_PER_YEAR = 31_557_600;

/** Emissions of making one accelerator, its part of the server included, kg CO2e; published figures differ several times. */
export interface EmbodiedKg {
  readonly lower: number;
  readonly central: number;
  readonly upper: number;
}

/** One device's part in a phase or a request. */
export interface EmbodiedUse {
  readonly embodiedKg: EmbodiedKg;
  /** Time that the device was taken, seconds. */
  readonly seconds: number;
  /** Share of the device in that time, 0 to 1: the share of its energy. */
  readonly share: number;
}

/** Years that a device serves. */
export interface Lifetime {
  readonly shortest: number;
  readonly central: number;
  readonly longest: number;
}

/** Three to six years, four as the central value (SCI example, Impact Framework). */
export const DEFAULT_LIFETIME_YEARS: Lifetime = { shortest: 3, central: 4, longest: 6 };

/** Embodied emissions, grams: never part of operational ones. */
export interface EmbodiedGrams {
  readonly lower: number;
  readonly central: number;
  readonly upper: number;
}

/**
 * The embodied emissions of a use (SCI, ISO/IEC 21031: M = TE x TiR/EL x RR/ToR): the sum over devices of emissions
 * x share of the lifetime x attribution share. The longest life gives the lower bound. RangeError for what is no share
 * or no order of bounds.
 */
export function embodiedGrams(
  uses: readonly EmbodiedUse[],
  lifetime: Lifetime = DEFAULT_LIFETIME_YEARS,
): EmbodiedGrams {
  const { shortest, central, longest } = lifetime;
  if (!(shortest > 0 && shortest <= central && central <= longest)) {
    throw new RangeError("a lifetime is years above 0 in ascending order");
  }
  let [lowerSum, centralSum, upperSum] = [0, 0, 0];
  for (const { embodiedKg, seconds, share } of uses) {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`${share} is not a share from 0 to 1`);
    if (!(seconds >= 0)) throw new RangeError(`${seconds} s is not a time`);
    const { lower, central: middle, upper } = embodiedKg;
    if (!(lower >= 0 && lower <= middle && middle <= upper)) {
      throw new RangeError("embodied emissions are kg, 0 or more, in ascending order");
    }
    const gramYears = (1000 * seconds * share) / SECONDS_PER_YEAR;
    lowerSum += (lower * gramYears) / longest;
    centralSum += (middle * gramYears) / central;
    upperSum += (upper * gramYears) / shortest;
  }
  return { lower: lowerSum, central: centralSum, upper: upperSum };
}

/** A device with its part of the server around it: n devices share one server. */
export function withServer(device: EmbodiedKg, server: EmbodiedKg, devices: number): EmbodiedKg {
  return {
    lower: device.lower + server.lower / devices,
    central: device.central + server.central / devices,
    upper: device.upper + server.upper / devices,
  };
}

import type { FactorTier } from "./intensity-source.ts";

/** A multiplicative error: the truth lies between value x `lower` and value x `upper`, 90 times in 100. */
interface Band {
  readonly lower: number;
  readonly upper: number;
}

/** The sources of error of a figure of emissions. */
export type BandCause =
  | "energy"
  | "annual_average"
  | "many_grids"
  | "world_average"
  | "forecast"
  | "age"
  | "method"
  | "pue_assumed";

/** Consumption-based lifecycle against production-based values of 86 countries, 2024. */
const METHOD: Band = { lower: 0.64, upper: 1.45 };
/** Hours against the year's average of the same zone; DE, GB, FR, 2020. */
const ANNUAL: Band = { lower: 0.43, upper: 1.62 };
/** 143 sub-zones against their country's average, 2025. */
const MANY_GRIDS: Band = { lower: 0.19, upper: 5.37 };
/** 352 zones against the world's average, 2025. */
const WORLD: Band = { lower: 0.063, upper: 1.48 };
/** Mean error of 15.8 % of a 24 h forecast over 214 grids; 90 % of a normal error lie within 2.06 times its mean. */
const FORECAST: Band = symmetric(1 + 0.158 * 2.06);
/** 95th percentile of what an hour's value changes to the next. */
const STALE: Band = symmetric(1.19);
/** 95th percentile of values a day old: no profile was measured. */
const PROFILE: Band = symmetric(1.77);
/** Default power usage effectiveness; not measured. */
const PUE_ASSUMED: Band = symmetric(1.15);

/** 95th percentile of a table's change by its age: [months, ratio]. */
const VINTAGE: readonly (readonly [number, number])[] = [
  [12, 1.373],
  [24, 1.461],
  [48, 1.607],
];

/** What the bounds of a figure rest on. */
export interface CarbonBandInput {
  readonly gramsCo2e: number;
  /** Bounds of the energy relative to it, e.g. 0.9 and 1.1; default 1 and 1. */
  readonly energyLower?: number;
  readonly energyUpper?: number;
  readonly tier: FactorTier;
  /** Months from the end of a yearly table's year to the figure; default 0. */
  readonly tableMonths?: number;
  /** The zone is a country of many grids, such as US, CA, AU, IN, JP, BR. */
  readonly isManyGrids?: boolean;
  readonly isPueAssumed?: boolean;
}

/** Bounds of emissions, grams, and what widens them most. */
export interface CarbonBand {
  readonly lowerGrams: number;
  readonly upperGrams: number;
  readonly dominantCause: BandCause;
}

/**
 * Where a figure's truth lies 90 times in 100, by priors measured per source of error: independent relative errors add
 * up in quadrature on the log scale. Bounds enclose the figure; each cause widens them.
 */
export function carbonBand(input: CarbonBandInput): CarbonBand {
  const causes = causesOf(input);
  let lower = 0;
  let upper = 0;
  let widest = -1;
  let dominantCause: BandCause = "method";
  for (const [cause, band] of causes) {
    lower += Math.log(band.lower) ** 2;
    upper += Math.log(band.upper) ** 2;
    const width = Math.log(band.upper / band.lower);
    if (width > widest) [widest, dominantCause] = [width, cause];
  }
  const { gramsCo2e } = input;
  return {
    lowerGrams: gramsCo2e * Math.exp(-Math.sqrt(lower)),
    upperGrams: gramsCo2e * Math.exp(Math.sqrt(upper)),
    dominantCause,
  };
}

function causesOf(input: CarbonBandInput): readonly (readonly [BandCause, Band])[] {
  const { energyLower = 1, energyUpper = 1, tier, tableMonths = 0 } = input;
  const causes: [BandCause, Band][] = [["method", METHOD]];
  if (energyLower < 1 || energyUpper > 1) {
    causes.push(["energy", { lower: Math.min(1, energyLower), upper: Math.max(1, energyUpper) }]);
  }
  if (tier === "forecast") causes.push(["forecast", FORECAST]);
  if (tier === "stale") causes.push(["age", STALE]);
  if (tier === "profile") causes.push(["age", PROFILE]);
  if (tier.startsWith("yearly")) {
    causes.push(["annual_average", ANNUAL]);
    const vintage = VINTAGE.findLast(([months]) => tableMonths >= months);
    if (vintage !== undefined) causes.push(["age", symmetric(vintage[1])]);
  }
  if (tier === "world") causes.push(["annual_average", ANNUAL], ["world_average", WORLD]);
  if (input.isManyGrids === true) causes.push(["many_grids", MANY_GRIDS]);
  if (input.isPueAssumed === true) causes.push(["pue_assumed", PUE_ASSUMED]);
  return causes;
}

function symmetric(ratio: number): Band {
  return { lower: 1 / ratio, upper: ratio };
}

import {
  boundGrams,
  chargeEmbodied,
  type Footprint,
  type IntensitySource,
  JOULES_PER_KWH,
  priceMarket,
} from "@wattspan/footprint";
import type { StagedPhase } from "./device/device-stage.ts";
import { embodiedKgIn } from "./device/phase-footprint.ts";
import type { Price } from "./pipeline-options.ts";
import type { Placed } from "./trace/place-worker.ts";

/** Figures beside joules and operational grams, each a figure of its own; unknown ones are absent, never 0. */
export interface FiguresBeside {
  /** Where the operational grams' truth lies 90 times in 100, by priors of each source of error. */
  readonly carbonLowerGrams?: number;
  readonly carbonUpperGrams?: number;
  /** Emissions of making the devices, of their use and energy's share in it: never part of `carbonGrams`. */
  readonly embodiedLowerGrams?: number;
  readonly embodiedGrams?: number;
  readonly embodiedUpperGrams?: number;
  /** By the node's contract, where `carbonGrams` is by its place: never netted. */
  readonly marketGrams?: number;
  /** Price of the energy after PUE, in units of `currency`. */
  readonly cost?: number;
  readonly currency?: Price["currency"];
}

/** What a phase's figures beside rest on. */
export interface PhaseBeside extends FiguresBeside {
  /** What widens the bounds of the grams most. */
  readonly carbonBoundsCause?: string;
  readonly marketInstrument?: string;
  /** GHG Protocol scope of the node's electricity; 3.1 is purchased services. */
  readonly ghgScope?: 2 | 3.1;
}

/** The figures beside of a charged phase. */
export function besidePhase(
  { energy, pue, zone, gramsCo2e }: Footprint,
  { placement, endUnixNano }: Pick<StagedPhase, "placement" | "endUnixNano">,
  intensity: IntensitySource | undefined,
): PhaseBeside {
  if (energy === undefined || "missing" in placement) return {};
  const band =
    gramsCo2e === undefined || zone === undefined || intensity === undefined
      ? undefined
      : boundGrams(energy, gramsCo2e, zone, intensity);
  const embodied = chargeEmbodied(energy, embodiedKgIn(placement.devices));
  return {
    ...(band === undefined
      ? {}
      : {
          carbonLowerGrams: band.lowerGrams,
          ...(band.upperGrams < Infinity ? { carbonUpperGrams: band.upperGrams } : {}),
          carbonBoundsCause: band.dominantCause,
        }),
    ...(embodied === undefined
      ? {}
      : {
          embodiedLowerGrams: embodied.lower,
          embodiedGrams: embodied.central,
          embodiedUpperGrams: embodied.upper,
        }),
    ...contractOf(placement, energy.energyJoules, pue, endUnixNano),
  };
}

function contractOf(
  { market, price, ghgScope }: Placed,
  joules: number,
  pue: number,
  endUnixNano: bigint,
): PhaseBeside {
  const marketGrams = market && priceMarket(joules, pue, market, endUnixNano);
  return {
    ...(market === undefined || marketGrams === undefined
      ? {}
      : { marketGrams, marketInstrument: market.instrument }),
    ...(price === undefined
      ? {}
      : {
          cost: (joules * pue * price.perKwh) / JOULES_PER_KWH,
          currency: price.currency,
        }),
    ...(ghgScope === undefined ? {} : { ghgScope }),
  };
}

const sums = [
  "carbonLowerGrams",
  "carbonUpperGrams",
  "embodiedLowerGrams",
  "embodiedGrams",
  "embodiedUpperGrams",
  "marketGrams",
  "cost",
] as const;

/** A request's figures beside: each the sum of its phases' where all of them have it, costs in one currency only. */
export function besideRequest(parts: readonly PhaseBeside[]): FiguresBeside {
  const [first] = parts;
  if (first === undefined) return {};
  const { currency } = first;
  const isOneCurrency = parts.every((part) => part.currency === currency);
  const beside: Record<string, number> = {};
  for (const key of sums) {
    const values = parts.flatMap((part) => part[key] ?? []);
    if (values.length < parts.length || (key === "cost" && !isOneCurrency)) continue;
    beside[key] = values.reduce((sum, value) => sum + value, 0);
  }
  return { ...beside, ...(isOneCurrency && currency !== undefined ? { currency } : {}) };
}

import { JOULES_PER_KWH } from "../energy/joules-per-kwh.ts";
/** A contract for electricity, such as a power purchase agreement: GHG Protocol's market-based factor. */
export interface MarketFactor {
  /** Grams of CO2 equivalent per kilowatt-hour; 0 is a contract's own claim. */
  readonly gramsPerKwh: number;
  /** What it is, e.g. `PPA`, `REC`, `residual_mix`. */
  readonly instrument: string;
  /** Energy from here on is not covered. */
  readonly validToUnixNano?: bigint;
}

/**
 * Market-based grams of joules at the meter, drawn until `endUnixNano`: beside the location-based ones, never in their
 * place and never subtracted. Undefined where the contract ended before.
 */
export function priceMarket(
  joules: number,
  pue: number,
  { gramsPerKwh, validToUnixNano }: MarketFactor,
  endUnixNano: bigint,
): number | undefined {
  if (validToUnixNano !== undefined && endUnixNano > validToUnixNano) return undefined;
  return (joules * pue * gramsPerKwh) / JOULES_PER_KWH;
}

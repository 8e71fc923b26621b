import type { Instant } from "../instant.ts";

/** How good a factor is, best first: the tiers of `footprint.grid.data_status`. */
export type FactorTier =
  | "measured_final"
  | "measured"
  | "estimated"
  | "forecast"
  | "stale"
  | "profile"
  | "yearly_zone"
  | "yearly_subregion"
  | "yearly_country"
  | "world";

/** An emission factor with everything an auditor asks about it; holds in `[from, to)`. */
export interface EmissionFactor {
  /** Names this record: source, dataset version, vintage, zone. */
  readonly id: string;
  /** Grid zone in the provider's notation, e.g. `FR`, `US-CAL-CISO`. */
  readonly zone: string;
  /** Grams of CO2 equivalent per kilowatt-hour. */
  readonly gramsPerKwh: number;
  readonly from: Instant;
  readonly to: Instant;
  readonly signal: "average" | "marginal";
  readonly basis: "lifecycle" | "direct";
  readonly accounting: "location_based" | "market_based";
  readonly tier: FactorTier;
  /** Value of `footprint.grid.provider.name`, e.g. `static`, `electricity_maps`. */
  readonly provider: string;
  readonly datasetVersion: string;
  readonly licence: string;
}

/** Port: step-function factors of grid zones. Pure over what is cached; never blocks a span. */
export interface IntensitySource {
  readonly name: string;
  /** The factor of `zone` in force at `at`, or why there is none. */
  factorAt(zone: string, at: Instant): EmissionFactor | { readonly missing: string };
  /**
   * Times inside an epoch at which the factor of `zone` may change: ns from its start, ascending, above 0 and below
   * `EPOCH_NS`. The same answer for ever, whatever is cached. Absent where factors change at starts of epochs only.
   */
  changesIn?(zone: string, epoch: number): readonly number[];
}

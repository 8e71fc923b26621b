import type { Instant } from "../instant.ts";

/** The tiers of `footprint.grid.data_status`, best first. */
export const FACTOR_TIERS = [
  "measured_final",
  "measured",
  "estimated",
  "forecast",
  "stale",
  "profile",
  "yearly_zone",
  "yearly_subregion",
  "yearly_country",
  "world",
] as const;

/** How good a factor is. */
export type FactorTier = (typeof FACTOR_TIERS)[number];

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
  /** Whose electricity: what the zone used, imports included, or what its plants made; absent where not told. */
  readonly mix?: "consumption" | "production";
  /** Set where other gases than carbon dioxide are left out. */
  readonly gas?: "CO2";
  /** What an auditor must know besides: e.g. `basis_mismatch`, `production_mix`, `co2_only`. */
  readonly flags?: readonly string[];
  /** False where the value was bought from a provider and must stay with its buyer. */
  readonly isRedistributable?: boolean;
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

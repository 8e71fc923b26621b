import type { FixedTier } from "@wattspan/sources";
import { z } from "zod";

/** Where emission factors come from. */
export type GridConfig =
  | { readonly source: "static" }
  | {
      readonly source: "fixed";
      readonly gramsPerKwh: ReadonlyMap<string, number>;
      /** What kind of average the operator says the values are. */
      readonly tier: FixedTier;
      readonly basis: "lifecycle" | "direct";
    };

const fixed = z.strictObject({
  source: z.literal("fixed"),
  grams_per_kwh: z.record(z.string().min(1), z.number().positive()),
  tier: z
    .enum(["yearly_zone", "yearly_subregion", "yearly_country", "world"])
    .default("yearly_zone"),
  basis: z.enum(["lifecycle", "direct"]).default("lifecycle"),
});

/** Section `grid`. */
export const gridConfig: z.ZodType<GridConfig> = z
  .discriminatedUnion("source", [z.strictObject({ source: z.literal("static") }), fixed])
  .default({ source: "static" })
  .transform((given) =>
    given.source === "static"
      ? given
      : {
          source: given.source,
          gramsPerKwh: new Map(Object.entries(given.grams_per_kwh)),
          tier: given.tier,
          basis: given.basis,
        },
  );

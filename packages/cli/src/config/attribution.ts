import type { IdlePolicy, TimeShape, WeightPolicy } from "@wattspan/footprint";
import { z } from "zod";

/** How a device's energy is shared among phases. */
export interface AttributionConfig {
  readonly weights: WeightPolicy;
  /** Cost of a decode token where a prefill token costs 1. */
  readonly decodeTokenPrice: number;
  /** Absent: by device, `separate` where its idle power is known, else `included`. */
  readonly idlePolicy?: IdlePolicy;
  /** Absent: by device, `busy` where its idle power is known, else `uniform`. */
  readonly timeShape?: TimeShape;
}

/** Section `attribution`. */
export const attributionConfig: z.ZodType<AttributionConfig> = z
  .strictObject({
    weights: z.enum(["time", "tokens", "priced"]).default("priced"),
    decode_token_price: z.number().positive().default(8),
    idle_policy: z.enum(["auto", "separate", "shared", "included"]).default("auto"),
    time_shape: z.enum(["auto", "busy", "uniform"]).default("auto"),
  })
  .prefault({})
  .transform(({ weights, decode_token_price, idle_policy, time_shape }) => ({
    weights,
    decodeTokenPrice: decode_token_price,
    ...(idle_policy === "auto" ? {} : { idlePolicy: idle_policy }),
    ...(time_shape === "auto" ? {} : { timeShape: time_shape }),
  }));

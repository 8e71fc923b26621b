import type { IdlePolicy, TimeShape, WeightMethod } from "@wattspan/footprint";
import { z } from "zod";

/** How a device's energy is shared among phases. */
export interface AttributionConfig {
  readonly weights: WeightMethod;
  /** Cost of a decode token where a prefill token costs 1. */
  readonly decodeTokenPrice: number;
  /** Requests in a decode step, for `roofline`. */
  readonly decodeBatch: number;
  /** Absent: by device, `separate` where its idle power is known, else `included`. */
  readonly idlePolicy?: IdlePolicy;
  /** Absent: by device, `busy` where its idle power is known, else `uniform`. */
  readonly timeShape?: TimeShape;
}

/** Section `attribution`. */
export const attributionConfig: z.ZodType<AttributionConfig> = z
  .strictObject({
    weights: z.enum(["time", "tokens", "priced", "roofline"]).default("priced"),
    decode_token_price: z.number().positive().default(8),
    decode_batch: z.number().min(1).default(32),
    idle_policy: z.enum(["auto", "separate", "shared", "included"]).default("auto"),
    time_shape: z.enum(["auto", "busy", "uniform"]).default("auto"),
  })
  .prefault({})
  .transform(({ weights, decode_token_price, decode_batch, idle_policy, time_shape }) => ({
    weights,
    decodeTokenPrice: decode_token_price,
    decodeBatch: decode_batch,
    ...(idle_policy === "auto" ? {} : { idlePolicy: idle_policy }),
    ...(time_shape === "auto" ? {} : { timeShape: time_shape }),
  }));

import type { SamplingOptions } from "@wattspan/gateway";
import { z } from "zod";

/** Section `sampling`. */
export const samplingConfig: z.ZodType<SamplingOptions> = z
  .strictObject({
    probability: z.union([z.number().gt(0).max(1), z.literal("unknown")]).default(1),
  })
  .prefault({});

import { z } from "zod";
import { positiveDurationMs } from "./duration.ts";

/** The metrics of footprints. */
export interface MetricsConfig {
  /** How often they are sent, ms. */
  readonly intervalMs: number;
}

/** Section `metrics`. */
export const metricsConfig: z.ZodType<MetricsConfig> = z
  .strictObject({ interval: positiveDurationMs.prefault("60s") })
  .prefault({})
  .transform(({ interval }) => ({ intervalMs: interval }));

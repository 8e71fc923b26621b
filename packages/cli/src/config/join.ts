import { z } from "zod";
import { durationMs, positiveDurationMs } from "./duration.ts";

/** How long phases and readings wait for each other, ms. */
export interface JoinConfig {
  readonly lingerMs: number;
  readonly holdMs: number;
  readonly keepMs: number;
  readonly maxPhaseMs: number;
  /** Allowance for the sender's own batching. */
  readonly exportDelayMs: number;
}

/** Section `join`. */
export const joinConfig: z.ZodType<JoinConfig> = z
  .strictObject({
    linger: durationMs.prefault("10s"),
    hold: positiveDurationMs.prefault("5m"),
    keep: positiveDurationMs.prefault("70m"),
    max_phase: positiveDurationMs.prefault("1h"),
    export_delay: durationMs.prefault("5s"),
  })
  .prefault({})
  .transform(({ linger, hold, keep, max_phase, export_delay }) => ({
    lingerMs: linger,
    holdMs: hold,
    keepMs: keep,
    maxPhaseMs: max_phase,
    exportDelayMs: export_delay,
  }));

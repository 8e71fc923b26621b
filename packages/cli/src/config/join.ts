import { z } from "zod";
import { byteSize } from "./byte-size.ts";
import { durationMs, positiveDurationMs } from "./duration.ts";

/** How long phases and readings wait for each other, ms. */
export interface JoinConfig {
  readonly lingerMs: number;
  readonly holdMs: number;
  readonly keepMs: number;
  readonly maxPhaseMs: number;
  /** Allowance for the sender's own batching. */
  readonly exportDelayMs: number;
  /** Held spans above this leave, the oldest traces first. */
  readonly maxHeldBytes: number;
}

/** Section `join`. */
export const joinConfig: z.ZodType<JoinConfig> = z
  .strictObject({
    linger: durationMs.prefault("10s"),
    hold: positiveDurationMs.prefault("5m"),
    keep: positiveDurationMs.prefault("70m"),
    max_phase: positiveDurationMs.prefault("1h"),
    export_delay: durationMs.prefault("5s"),
    max_held_size: byteSize.prefault("1GiB"),
  })
  .prefault({})
  .transform(({ linger, hold, keep, max_phase, export_delay, max_held_size }) => ({
    lingerMs: linger,
    holdMs: hold,
    keepMs: keep,
    maxPhaseMs: max_phase,
    exportDelayMs: export_delay,
    maxHeldBytes: max_held_size,
  }));

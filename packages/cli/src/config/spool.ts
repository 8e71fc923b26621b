import type { SpoolSettings } from "@wattspan/gateway";
import { z } from "zod";
import { byteSize } from "./byte-size.ts";
import { positiveDurationMs } from "./duration.ts";

/** Section `spool`. */
export const spoolConfig: z.ZodType<SpoolSettings> = z
  .strictObject({
    directory: z.string().min(1),
    max_size: byteSize.prefault("4GiB"),
    max_age: positiveDurationMs.prefault("24h"),
    sync: z.enum(["disk", "system"]).default("disk"),
  })
  .transform(({ directory, max_size, max_age, sync }) => ({
    directory,
    maxBytes: max_size,
    maxAgeMs: max_age,
    sync,
  }));

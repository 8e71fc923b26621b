import type { EnginePageOptions } from "@wattspan/sources";
import { z } from "zod";
import { positiveDurationMs } from "./duration.ts";
import { headers, url } from "./exporters.ts";

/** An engine whose counters the gateway reads itself. */
export type EngineConfig = Omit<EnginePageOptions, "fetch" | "now">;

const text = z.string().min(1);

const engine = z
  .strictObject({
    endpoint: url,
    name: text.exactOptional(),
    interval: positiveDurationMs.exactOptional(),
    timeout: positiveDurationMs.exactOptional(),
    headers: headers.exactOptional(),
    node: text.exactOptional(),
    devices: z.array(text).min(1).exactOptional(),
    pool: text.exactOptional(),
  })
  .transform(({ interval, timeout, ...given }): EngineConfig => {
    return {
      ...given,
      ...(interval === undefined ? {} : { intervalMs: interval }),
      ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    };
  });

/** Section `engines`. */
export const enginesConfig: z.ZodType<readonly EngineConfig[]> = z.array(engine).default([]);

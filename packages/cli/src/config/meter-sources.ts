import { type MeterSourceSettings, meterSourceTypes } from "@wattspan/sources";
import { z } from "zod";
import { durationMs, positiveDurationMs } from "./duration.ts";
import { headers, url } from "./exporters.ts";

/** A meter that the gateway reads itself. */
export type MeterSourceConfig = Omit<MeterSourceSettings, "fetch" | "now">;

const text = z.string().min(1);

const source = z
  .strictObject({
    type: z.enum(meterSourceTypes.map(({ type }) => type)),
    name: text.exactOptional(),
    endpoint: url.exactOptional(),
    interval: positiveDurationMs.exactOptional(),
    exporter_interval: durationMs.exactOptional(),
    timeout: positiveDurationMs.exactOptional(),
    headers: headers.exactOptional(),
    node: text.exactOptional(),
    device: text.exactOptional(),
    matchers: text.exactOptional(),
  })
  .transform(({ interval, exporter_interval, timeout, ...given }): MeterSourceConfig => {
    return {
      ...given,
      ...(interval === undefined ? {} : { intervalMs: interval }),
      ...(exporter_interval === undefined ? {} : { maxAgeMs: exporter_interval }),
      ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    };
  });

/** The list `meters.sources`. */
export const meterSources: z.ZodType<readonly MeterSourceConfig[]> = z.array(source);

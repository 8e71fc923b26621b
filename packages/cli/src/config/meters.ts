import { z } from "zod";
import { durationMs, positiveDurationMs } from "./duration.ts";
import { type MeterSourceConfig, meterSources } from "./meter-sources.ts";

/** What is believed of meters. */
export interface MetersConfig {
  /** Longest interval between two counter readings that counts, ms. */
  readonly maxCounterGapMs: number;
  /** Longest interval between two power readings that is integrated, ms. */
  readonly maxPowerGapMs: number;
  /** Relative gain error of the sensor; scales the bounds. */
  readonly gainError: number;
  /** Largest difference between a node's and its meter's clock, ms; widens the bounds. */
  readonly maxClockSkewMs: number;
  /** How often dcgm-exporters renew the values that come as OTLP metrics, ms. */
  readonly exporterIntervalMs: number;
  /** Meters that the gateway reads itself. */
  readonly sources: readonly MeterSourceConfig[];
}

/** Section `meters`. */
export const metersConfig: z.ZodType<MetersConfig> = z
  .strictObject({
    max_counter_gap: positiveDurationMs.prefault("10m"),
    max_power_gap: positiveDurationMs.prefault("2m"),
    gain_error: z.number().min(0).lt(1).default(0.05),
    max_clock_skew: durationMs.prefault("0s"),
    exporter_interval: durationMs.prefault("30s"),
    sources: meterSources.default([]),
  })
  .prefault({})
  .transform(
    ({
      max_counter_gap,
      max_power_gap,
      gain_error,
      max_clock_skew,
      exporter_interval,
      sources,
    }) => ({
      maxCounterGapMs: max_counter_gap,
      maxPowerGapMs: max_power_gap,
      gainError: gain_error,
      maxClockSkewMs: max_clock_skew,
      exporterIntervalMs: exporter_interval,
      sources,
    }),
  );

import type { Attributes } from "./attribute-value.ts";

/** One data point of a gauge or sum. */
export interface NumberPoint {
  readonly metric: string;
  readonly unit: string;
  readonly kind: "gauge" | "sum";
  /** Always false on a gauge. */
  readonly monotonic: boolean;
  readonly temporality: "unspecified" | "delta" | "cumulative";
  /** An int beyond 2^53 is rounded to the nearest double. */
  readonly value: number;
  /** Nanoseconds since 1970; 0 where the sender gave none. */
  readonly startUnixNano: bigint;
  readonly timeUnixNano: bigint;
  readonly attributes: Attributes;
  readonly resourceAttributes: Attributes;
}

/** What the points of one metric share. */
export type MetricHead = Pick<
  NumberPoint,
  "metric" | "unit" | "kind" | "monotonic" | "temporality" | "resourceAttributes"
>;

/** The temporality that a value of OTLP's enum means. */
export function temporalityOf(value: number): NumberPoint["temporality"] {
  if (value === 1) return "delta";
  return value === 2 ? "cumulative" : "unspecified";
}

/** Bit of a point's flags that says there is no value, whatever its fields say. */
export const NO_RECORDED_VALUE = 1;

import type { HrTime } from "@opentelemetry/api";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ScopeMetrics,
} from "@opentelemetry/sdk-metrics";
import type { Registry } from "prom-client";
import { version } from "../send/version.ts";

/** `ValueType.DOUBLE`: whole counts are doubles too, so that a series never changes its type. */
const DOUBLE = 1;

const units: readonly (readonly [suffix: string, unit: string])[] = [
  ["_seconds", "s"],
  ["_bytes", "By"],
  ["_joules", "J"],
];

/** Counters and gauges of a Prometheus registry for OTLP, cumulative since `startMs`, under names with dots; times in ms. */
export async function convertRegistry(
  registry: Registry,
  startMs: number,
  nowMs: number,
): Promise<ScopeMetrics> {
  const times = { startTime: timeOf(startMs), endTime: timeOf(nowMs) };
  const metrics = (await registry.getMetricsAsJSON()).flatMap((metric): MetricData[] => {
    // The library's types say a number here, and its values are words.
    const type = String(metric.type);
    if ((type !== "counter" && type !== "gauge") || metric.values.length === 0) return [];
    const dataPoints = metric.values.map(
      ({ labels, value }): DataPoint<number> => ({ ...times, attributes: { ...labels }, value }),
    );
    const common = {
      descriptor: {
        name: metric.name.replace(/_total$/, "").replaceAll("_", "."),
        description: metric.help,
        unit: units.find(([suffix]) => metric.name.includes(suffix))?.[1] ?? "",
        valueType: DOUBLE,
      },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPoints,
    };
    return [
      type === "counter"
        ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: true }
        : { ...common, dataPointType: DataPointType.GAUGE },
    ];
  });
  return { scope: { name: "wattspan.gateway", version }, metrics };
}

function timeOf(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
}

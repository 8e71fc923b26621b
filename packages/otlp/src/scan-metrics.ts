import { OtlpError } from "./errors.ts";
import { scanJsonMetrics } from "./json/scan-metrics.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import type { MetricScan } from "./metric-scan.ts";
import type { NumberPoint } from "./number-point.ts";
import type { Encoding } from "./span-table.ts";
import { scanWireMetrics } from "./wire/scan-metrics.ts";

/**
 * Points of the gauges and sums of wanted names in an ExportMetricsServiceRequest. A point without a value
 * is left out, never read as 0. Throws `OtlpError` for broken bytes; metrics not wanted are not looked into.
 */
export function scanMetrics(
  body: Uint8Array,
  encoding: Encoding,
  isWanted: (name: string) => boolean,
  limits: Partial<Limits> = {},
): readonly NumberPoint[] {
  const bytes = new Uint8Array(body.buffer, body.byteOffset, body.length);
  const scan: MetricScan = { bytes, isWanted, limits: { ...defaultLimits, ...limits }, points: [] };
  if (body.length > scan.limits.bodyBytes) {
    throw new OtlpError("too_large", scan.limits.bodyBytes, "body too long");
  }
  if (encoding === "json") scanJsonMetrics(scan);
  else scanWireMetrics(scan);
  return scan.points;
}

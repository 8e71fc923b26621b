import type { Attributes, AttributeValue } from "../attribute-value.ts";
import { OtlpError } from "../errors.ts";
import type { NumberPoint } from "../scan-metrics.ts";

/** Strings, and bare integers too long for a double. */
const LONG_INTEGERS = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

type Json = { readonly [key: string]: unknown };

/** Points of wanted gauges and sums in OTLP/JSON; 64-bit integers stay exact, as text or as bare numbers. */
export function scanMetricsJson(
  body: Uint8Array,
  isWanted: (name: string) => boolean,
): readonly NumberPoint[] {
  const text = new TextDecoder().decode(body);
  const exact = text.replace(LONG_INTEGERS, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  );
  let request: unknown;
  try {
    request = JSON.parse(exact);
  } catch (error) {
    const offset = Number(/position (\d+)/.exec((error as Error).message)?.[1] ?? 0);
    throw new OtlpError("malformed", offset, "broken JSON");
  }
  try {
    return pointsOf(request as Json, isWanted);
  } catch {
    throw new OtlpError("malformed", 0, "not an ExportMetricsServiceRequest");
  }
}

function pointsOf(request: Json, isWanted: (name: string) => boolean): NumberPoint[] {
  const points: NumberPoint[] = [];
  for (const resource of listOf(request, "resourceMetrics")) {
    const resourceAttributes = attributesOf(
      listOf((resource["resource"] ?? {}) as Json, "attributes"),
    );
    for (const scope of listOf(resource, "scopeMetrics")) {
      for (const metric of listOf(scope, "metrics")) {
        if (isWanted(String(metric["name"]))) pushPoints(metric, resourceAttributes, points);
      }
    }
  }
  return points;
}

function pushPoints(metric: Json, resourceAttributes: Attributes, points: NumberPoint[]): void {
  const kind = metric["gauge"] !== undefined ? "gauge" : "sum";
  const content = (metric[kind] ?? {}) as Json;
  const temporality = [undefined, "delta", "cumulative"][
    Number(content["aggregationTemporality"] ?? 0)
  ];
  for (const point of listOf(content, "dataPoints")) {
    const raw = point["asDouble"] ?? point["asInt"];
    if (raw === undefined || raw === null) continue;
    points.push({
      metric: String(metric["name"]),
      unit: String(metric["unit"] ?? ""),
      kind,
      monotonic: content["isMonotonic"] === true,
      temporality: (temporality ?? "unspecified") as NumberPoint["temporality"],
      value: Number(raw),
      startUnixNano: BigInt((point["startTimeUnixNano"] as string) ?? 0),
      timeUnixNano: BigInt((point["timeUnixNano"] as string) ?? 0),
      attributes: attributesOf(listOf(point, "attributes")),
      resourceAttributes,
    });
  }
}

function listOf(parent: Json, key: string): readonly Json[] {
  return (parent[key] ?? []) as readonly Json[];
}

function attributesOf(list: readonly Json[]): Map<string, AttributeValue> {
  return new Map(
    list.map((entry) => [String(entry["key"]), valueOf((entry["value"] ?? {}) as Json)]),
  );
}

function valueOf(value: Json): AttributeValue {
  if (value["stringValue"] !== undefined) return String(value["stringValue"]);
  if (value["boolValue"] !== undefined) return value["boolValue"] === true;
  if (value["intValue"] !== undefined) return BigInt(value["intValue"] as string);
  if (value["doubleValue"] !== undefined) return Number(value["doubleValue"]);
  const array = value["arrayValue"] as Json | undefined;
  return array === undefined ? null : listOf(array, "values").map(valueOf);
}

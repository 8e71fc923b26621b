import {
  type EngineCount,
  type EngineSample,
  instantOf,
  isEngineMetric,
  readEngineCounts,
} from "@wattspan/footprint";
import type { AttributeValue, NumberPoint } from "@wattspan/otlp";

/** Attributes of a resource that tell one sender from another, or where it runs. */
const RESOURCE_KEYS = /^(?:service\.|host\.|k8s\.|container\.|cloud\.|server\.|dynamo\.)/;

/** Counts of the engines whose metrics are among the points; delta sums are passed over. */
export function readEnginePoints(points: readonly NumberPoint[]): EngineCount[] {
  const scrapes = new Map<bigint, NumberPoint[]>();
  for (const point of points) {
    if (!isEngineMetric(point.metric) || point.timeUnixNano <= 0n) continue;
    if (point.kind === "sum" && point.temporality !== "cumulative") continue;
    const scrape = scrapes.get(point.timeUnixNano);
    if (scrape === undefined) scrapes.set(point.timeUnixNano, [point]);
    else scrape.push(point);
  }
  return [...scrapes].flatMap(([time, scrape]) =>
    readEngineCounts(scrape.map(sampleOf), instantOf(time)),
  );
}

function sampleOf(point: NumberPoint): EngineSample {
  const labels = new Map<string, string>();
  for (const [key, value] of point.resourceAttributes) {
    if (RESOURCE_KEYS.test(key)) note(labels, key, value);
  }
  for (const [key, value] of point.attributes) note(labels, key, value);
  return { name: point.metric, value: point.value, label: (key) => labels.get(key), labels };
}

function note(labels: Map<string, string>, key: string, value: AttributeValue): void {
  if (typeof value === "string" && value !== "") labels.set(key, value);
}

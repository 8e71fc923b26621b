import type { AttributeValue } from "@wattspan/otlp";
import type { EngineSpan } from "./dialect.ts";
import type { AttributeMap } from "./read-attribute.ts";

/** Attributes that tell of one request or of the code, never of the worker. */
const passingKeys: ReadonlySet<string> = new Set([
  "avg_itl_ms",
  "busy_ns",
  "cancelled",
  "dynamo.operation.id",
  "finish_reason",
  "idle_ns",
  "input_tokens",
  "output_tokens",
  "parent_id",
  "request_id",
  "target",
  "trace_flags",
  "trace_id",
  "ttft_ms",
  "x_request_id",
]);

const passingPrefixes = [
  "code.",
  "dynamo.lifecycle.",
  "dynamo.request.",
  "dynamo.session.",
  "footprint.",
  "gen_ai.latency.",
  "gen_ai.request.",
  "gen_ai.response.",
  "gen_ai.usage.",
  "itl_",
  "migration_",
  "telemetry.",
  "thread.",
];

const modelKeys: ReadonlySet<string> = new Set(["gen_ai.request.model", "gen_ai.response.model"]);

/** One bag of who the worker is; where maps disagree the earlier one stands. */
export function mergeIdentity(maps: readonly AttributeMap[]): AttributeMap {
  const identity = new Map<string, AttributeValue>();
  for (const map of maps) {
    for (const [key, value] of map) {
      if (!identity.has(key) && !isPassing(key)) identity.set(key, value);
    }
  }
  return identity;
}

/** Attributes of the spans and of their resources, span by span, the span's own first. */
export function identityMapsOf(spans: readonly EngineSpan[]): readonly AttributeMap[] {
  return spans.flatMap((span) => [span.attributes, span.resourceAttributes]);
}

/** Keys come again with every span. */
const judged = new Map<string, boolean>();
const MAX_JUDGED = 4096;

function isPassing(key: string): boolean {
  const known = judged.get(key);
  if (known !== undefined) return known;
  const hasPrefix = passingPrefixes.some((prefix) => key.startsWith(prefix));
  const isPassingKey = passingKeys.has(key) || (hasPrefix && !modelKeys.has(key));
  if (judged.size >= MAX_JUDGED) judged.clear();
  judged.set(key, isPassingKey);
  return isPassingKey;
}

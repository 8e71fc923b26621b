import { readFileSync } from "node:fs";
import type { AttributeValue } from "@wattspan/otlp";
import type { EngineSpan } from "./dialect.ts";

const recordingsUrl: URL = new URL("../../../../../test/recordings/", import.meta.url);

interface JsonValue {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values?: readonly JsonValue[] };
}
interface JsonAttribute {
  readonly key: string;
  readonly value: JsonValue;
}
interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly JsonAttribute[];
}
interface JsonRequest {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes?: readonly JsonAttribute[] };
    readonly scopeSpans: readonly {
      readonly scope?: { readonly name?: string };
      readonly spans: readonly JsonSpan[];
    }[];
  }[];
}

/** The spans of a recording in the order they arrived. */
export function readRecording(folder: string): readonly EngineSpan[] {
  const text = readFileSync(new URL(`${folder}/traces.otlp.jsonl`, recordingsUrl), "utf8");
  const requests = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JsonRequest);
  return requests.flatMap((request) =>
    request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ scope, spans }) =>
        spans.map((span) => toSpan(span, resource?.attributes ?? [], scope?.name ?? "")),
      ),
    ),
  );
}

/** The spans of each trace of a recording, in the order they arrived. */
export function readTraces(folder: string): ReadonlyMap<string, readonly EngineSpan[]> {
  const traces = new Map<string, EngineSpan[]>();
  for (const span of readRecording(folder)) {
    const spans = traces.get(span.traceId) ?? [];
    spans.push(span);
    traces.set(span.traceId, spans);
  }
  return traces;
}

/** A JSON file of a recording. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, recordingsUrl), "utf8")) as T;
}

function toSpan(span: JsonSpan, resource: readonly JsonAttribute[], scopeName: string): EngineSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? "",
    name: span.name,
    kind: span.kind,
    startUnixNano: BigInt(span.startTimeUnixNano),
    endUnixNano: BigInt(span.endTimeUnixNano),
    attributes: toAttributes(span.attributes ?? []),
    resourceAttributes: toAttributes(resource),
    scopeName,
  };
}

function toAttributes(attributes: readonly JsonAttribute[]): ReadonlyMap<string, AttributeValue> {
  return new Map(attributes.map(({ key, value }) => [key, toValue(value)]));
}

function toValue(value: JsonValue): AttributeValue {
  if (value.intValue !== undefined) return BigInt(value.intValue);
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(toValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue ?? null;
}

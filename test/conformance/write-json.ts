import type { AttributeValue } from "@wattspan/otlp";
import {
  createNoise,
  type RequestModel,
  type ResourceModel,
  type ScopeModel,
  type SpanModel,
} from "./arbitrary-request.ts";

type Throw = (sides: number) => number;
type Member = readonly [string, string];

/** The request in OTLP/JSON, with members out of order, unknown and repeated ones, spaces and escapes. */
export function writeJson(request: RequestModel): Uint8Array {
  const toss = createNoise(request.noise);
  const resources = request.resources.map((resource) => writeResource(resource, toss));
  return new Uint8Array(Buffer.from(object([["resourceSpans", array(resources, toss)]], toss)));
}

function writeResource(resource: ResourceModel, toss: Throw): string {
  const attributes = array(
    resource.attributes.map((pair) => keyValue(pair, toss)),
    toss,
  );
  const scopes = resource.scopes.map((scope) => writeScope(scope, toss));
  return object(
    [
      ["resource", object([["attributes", attributes]], toss)],
      ["scopeSpans", array(scopes, toss)],
      ["schemaUrl", string(resource.schemaUrl, toss)],
    ],
    toss,
  );
}

function writeScope(scope: ScopeModel, toss: Throw): string {
  const spans = scope.spans.map((span) => writeSpan(span, toss));
  return object(
    [
      ["scope", object([["name", string(scope.name, toss)]], toss)],
      ["spans", array(spans, toss)],
      ["schemaUrl", string(scope.schemaUrl, toss)],
    ],
    toss,
  );
}

function writeSpan(span: SpanModel, toss: Throw): string {
  const attributes = span.attributes.map((pair) => keyValue(pair, toss));
  const casing = (id: string): string => (toss(2) === 0 ? id.toUpperCase() : id);
  return object(
    [
      ["traceId", string(casing(span.traceId), toss)],
      ["spanId", string(casing(span.spanId), toss)],
      ["parentSpanId", string(casing(span.parentSpanId), toss)],
      ["traceState", string(span.traceState, toss)],
      ["name", string(span.name, toss)],
      ["kind", String(span.kind)],
      ["startTimeUnixNano", integer(span.startUnixNano, toss)],
      ["endTimeUnixNano", integer(span.endUnixNano, toss)],
      ["attributes", array(attributes, toss)],
      ["flags", String(span.flags)],
      ["status", '{"code":1}'],
    ],
    toss,
  );
}

function keyValue([key, value]: readonly [string, AttributeValue], toss: Throw): string {
  return object(
    [
      ["key", string(key, toss)],
      ["value", anyValue(value, toss)],
    ],
    toss,
  );
}

function anyValue(value: AttributeValue, toss: Throw): string {
  if (value === null) return object([], toss);
  return object([alternative(value, toss)], toss);
}

function alternative(value: Exclude<AttributeValue, null>, toss: Throw): Member {
  if (typeof value === "string") return ["stringValue", string(value, toss)];
  if (typeof value === "boolean") return ["boolValue", String(value)];
  if (typeof value === "bigint") return ["intValue", integer(value, toss)];
  if (typeof value === "number") return ["doubleValue", double(value)];
  if (value instanceof Uint8Array) {
    return ["bytesValue", `"${Buffer.from(value).toString("base64")}"`];
  }
  const isMap = value instanceof Map;
  const values = isMap
    ? Array.from(value, (pair) => keyValue(pair, toss))
    : (value as readonly AttributeValue[]).map((inner) => anyValue(inner, toss));
  return [isMap ? "kvlistValue" : "arrayValue", object([["values", array(values, toss)]], toss)];
}

function double(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? "-0.0" : String(value);
}

function integer(value: bigint, toss: Throw): string {
  return toss(2) === 0 ? String(value) : `"${value}"`;
}

function string(text: string, toss: Throw): string {
  if (toss(4) > 0) return JSON.stringify(text);
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
}

function array(parts: readonly string[], toss: Throw): string {
  return `[${space(toss)}${parts.join(`${space(toss)},${space(toss)}`)}${space(toss)}]`;
}

// Of a member written twice the last counts, so the decoy goes before everything.
function object(members: readonly Member[], toss: Throw): string {
  const inOrder = members.map((member) => ({ member, rank: toss(1000) }));
  inOrder.sort((a, b) => a.rank - b.rank);
  const all = inOrder.map(({ member }) => member);
  const decoy = all[toss(8)];
  if (decoy !== undefined && decoy[1] !== "{}") all.unshift([decoy[0], decoyOf(decoy[1], toss)]);
  if (toss(4) === 0) all.splice(toss(all.length + 1), 0, ["notKnown", '{"a":[1,"}]\\"",{}]}']);
  const texts = all.map(
    ([key, value]) => `${string(key, toss)}${space(toss)}:${space(toss)}${value}`,
  );
  return `{${space(toss)}${texts.join(`,${space(toss)}`)}${space(toss)}}`;
}

// The same value, or null where that is no different: an alternative of AnyValue stays away when null.
function decoyOf(value: string, toss: Throw): string {
  return toss(2) === 0 ? "null" : value;
}

function space(toss: Throw): string {
  return ["", "", "", " ", "\n\t", "\r\n"][toss(6)] ?? "";
}

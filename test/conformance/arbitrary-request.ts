import type { AttributeValue } from "@wattspan/otlp";
import fc from "fast-check";

/** A span as it is meant, whatever way it is written. */
export interface SpanModel {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: readonly (readonly [string, AttributeValue])[];
}

/** A scope with its spans. */
export interface ScopeModel {
  readonly name: string;
  readonly schemaUrl: string;
  readonly spans: readonly SpanModel[];
}

/** A resource with its scopes. */
export interface ResourceModel {
  readonly attributes: readonly (readonly [string, AttributeValue])[];
  readonly schemaUrl: string;
  readonly scopes: readonly ScopeModel[];
}

/** A request, and what makes one writing of it differ from another. */
export interface RequestModel {
  readonly resources: readonly ResourceModel[];
  /** Endless coin throws, from 0 to 65,535. */
  readonly noise: readonly number[];
}

const unsigned64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const signed64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const text = fc.string({ unit: "grapheme", maxLength: 12 });
const key = fc.oneof(fc.constantFrom("model", "request.id", "a", ""), text);

function hexOf(length: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: length, maxLength: length })
    .filter((bytes) => bytes.some((byte) => byte !== 0))
    .map((bytes) => Buffer.from(bytes).toString("hex"));
}

const { value: anyValue } = fc.letrec<{ value: AttributeValue; list: AttributeValue }>((tie) => ({
  list: fc.oneof(
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 3 }).map((pairs) => new Map(pairs)),
  ),
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { arbitrary: text, weight: 4 },
    { arbitrary: fc.string({ minLength: 120, maxLength: 140 }), weight: 1 },
    { arbitrary: fc.boolean(), weight: 1 },
    { arbitrary: signed64, weight: 2 },
    { arbitrary: fc.double(), weight: 2 },
    { arbitrary: fc.constant(null), weight: 1 },
    { arbitrary: fc.uint8Array({ maxLength: 9 }), weight: 1 },
    { arbitrary: tie("list"), weight: 2 },
  ),
}));

/** An attribute's key and value of any kind. */
export const anyAttribute: fc.Arbitrary<[string, AttributeValue]> = fc.tuple(key, anyValue);

const span: fc.Arbitrary<SpanModel> = fc.record({
  traceId: hexOf(16),
  spanId: hexOf(8),
  parentSpanId: fc.oneof(fc.constant(""), hexOf(8)),
  name: fc.oneof(fc.constantFrom("prefill", "decode", ""), text),
  kind: fc.integer({ min: 0, max: 5 }),
  startUnixNano: unsigned64,
  endUnixNano: unsigned64,
  traceState: fc.oneof(fc.constant(""), fc.constant("ot=th:8")),
  flags: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  attributes: fc.array(anyAttribute, { maxLength: 6 }),
});

const scope: fc.Arbitrary<ScopeModel> = fc.record({
  name: text,
  schemaUrl: fc.constantFrom("", "https://example.org/1"),
  spans: fc.array(span, { maxLength: 4 }),
});

const resource: fc.Arbitrary<ResourceModel> = fc.record({
  attributes: fc.array(anyAttribute, { maxLength: 4 }),
  schemaUrl: fc.constantFrom("", "https://example.org/2"),
  scopes: fc.array(scope, { maxLength: 3 }),
});

/** Requests of every shape OTLP allows. */
export const anyRequest: fc.Arbitrary<RequestModel> = fc.record({
  resources: fc.array(resource, { maxLength: 3 }),
  noise: fc.array(fc.nat({ max: 65_535 }), { minLength: 64, maxLength: 64 }),
});

/** The spans of a request in order, each with its resource and scope. */
export function modelSpans(
  request: RequestModel,
): { span: SpanModel; scope: ScopeModel; resource: ResourceModel }[] {
  return request.resources.flatMap((resource) =>
    resource.scopes.flatMap((scope) => scope.spans.map((span) => ({ span, scope, resource }))),
  );
}

/** Throws of a coin that go round and round a request's noise. */
export function createNoise(noise: readonly number[]): (sides: number) => number {
  let next = 0;
  return (sides) => {
    next += 1;
    return (
      ((Math.imul(next, 0x9e3779b1) ^ ((noise[next % noise.length] ?? 0) * 40_503)) >>> 8) % sides
    );
  };
}

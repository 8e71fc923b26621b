import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import {
  type Attributes,
  attributesOf,
  createTraceScanner,
  endUnixNanoOf,
  nameOf,
  parentSpanIdOf,
  resourceAttributesOf,
  scopeNameOf,
  spanIdOf,
  startUnixNanoOf,
  traceIdOf,
} from "@wattspan/otlp";
import fc from "fast-check";
import { expect, it } from "vitest";

// What the SDK lets an attribute be; it writes a whole number as an int, so numbers are compared as numbers.
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const value = fc.oneof(text, fc.boolean(), number, fc.array(text, { maxLength: 3 }));
const attributes = fc.dictionary(
  text.filter((key) => key !== "__proto__"),
  value,
  { maxKeys: 8, noNullPrototype: true },
);

const batch = fc.record({
  resource: attributes,
  scope: text,
  spans: fc.array(fc.record({ name: text, attributes, hasParent: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  }),
});

type Batch = typeof batch extends fc.Arbitrary<infer Value> ? Value : never;

function spansOf({ resource, scope, spans }: Batch): readonly ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(resource),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer(scope);
  for (const span of spans) {
    const parent = { traceId: "0a".repeat(16), spanId: "0b".repeat(8), traceFlags: 1 };
    const context = span.hasParent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
    tracer.startSpan(span.name, { attributes: span.attributes }, context).end();
  }
  return exporter.getFinishedSpans();
}

it.each([
  ["protobuf", ProtobufTraceSerializer],
  ["json", JsonTraceSerializer],
] as const)("what the SDK's serializer writes is what the SDK held: %s", (encoding, serializer) => {
  const scanner = createTraceScanner({ names: [], keys: [] });
  fc.assert(
    fc.property(batch, (made) => {
      const spans = spansOf(made);
      const body = serializer.serializeRequest([...spans]) ?? new Uint8Array(0);
      const table = scanner.scan(body, encoding);
      expect([table.count, table.rejected.length]).toEqual([spans.length, 0]);
      for (const [i, span] of spans.entries()) {
        const { traceId, spanId } = span.spanContext();
        expect([traceIdOf(table, i), spanIdOf(table, i)]).toEqual([traceId, spanId]);
        expect(parentSpanIdOf(table, i)).toBe(span.parentSpanContext?.spanId ?? "");
        expect([nameOf(table, i), scopeNameOf(table, i)]).toEqual([span.name, made.scope]);
        expect(startUnixNanoOf(table, i)).toBe(nanoOf(span.startTime));
        expect(endUnixNanoOf(table, i)).toBe(nanoOf(span.endTime));
        expect(numbered(attributesOf(table, i))).toEqual(plain(span.attributes));
        expect(numbered(resourceAttributesOf(table, i))).toEqual(plain(span.resource.attributes));
      }
    }),
    { numRuns: 100 },
  );
});

function nanoOf([seconds, nanos]: readonly [number, number]): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

function numbered(read: Attributes): Map<string, unknown> {
  return new Map([...read].map(([key, one]) => [key, typeof one === "bigint" ? Number(one) : one]));
}

function plain(held: Readonly<Record<string, unknown>>): Map<string, unknown> {
  return new Map(Object.entries(held).map(([key, one]) => [key, Object.is(one, -0) ? 0 : one]));
}

import { SpanKind } from "@opentelemetry/api";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import {
  attributeOf,
  attributesOf,
  copySpan,
  createTraceScanner,
  type Encoding,
  encodeTraces,
  nameOf,
  OtlpError,
  parentSpanIdOf,
  spanIdOf,
  startUnixNanoOf,
  traceIdOf,
  withoutSpans,
} from "@wattspan/otlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

function requests(count: number): Record<Encoding, Uint8Array> {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer("conformance", "1.2.3");
  const root = tracer.startSpan("http-request", { kind: SpanKind.SERVER });
  for (let i = 0; i < count; i++) {
    const span = tracer.startSpan(`step ${i}`, {
      attributes: {
        index: i,
        share: i + 0.5,
        text: "ü".repeat(i),
        flags: [true, false],
        empty: "",
      },
    });
    span.addEvent("token", { n: i });
    span.end();
  }
  root.end();
  const spans = exporter.getFinishedSpans();
  return {
    protobuf: ProtobufTraceSerializer.serializeRequest(spans) as Uint8Array,
    json: JsonTraceSerializer.serializeRequest(spans) as Uint8Array,
  };
}

const interest = { names: ["http-request"], keys: ["index"] };

function rowsOf(body: Uint8Array, encoding: Encoding): object[] {
  const table = createTraceScanner(interest).scan(body, encoding);
  return Array.from({ length: table.count }, (_, i) => ({
    id: spanIdOf(table, i),
    trace: traceIdOf(table, i),
    parent: parentSpanIdOf(table, i),
    name: nameOf(table, i),
    start: startUnixNanoOf(table, i),
    isRoot: table.nameIndex[i] === 0,
    mask: table.keyMask[i],
    attributes: [...attributesOf(table, i)],
  }));
}

const byId = (a: object, b: object): number =>
  (a as { id: string }).id < (b as { id: string }).id ? -1 : 1;

describe("spans made by the OpenTelemetry SDK's serializers", () => {
  const made = requests(7);

  it("read the same in both encodings", () => {
    // JSON numbers carry no type, protobuf does: whole doubles are ints in the SDK's either way.
    expect(rowsOf(made.json, "json").length).toBe(8);
    expect(rowsOf(made.json, "json")).toEqual(rowsOf(made.protobuf, "protobuf"));
  });

  it.each(["protobuf", "json"] as const)(
    "come through a regroup unchanged, attributes replaced once: %s",
    (encoding) => {
      const table = createTraceScanner(interest).scan(made[encoding], encoding);
      const held = Array.from({ length: table.count }, (_, i) => copySpan(table, i));
      const [same] = encodeTraces(held.map((span) => ({ span })));
      expect(rowsOf(same?.body ?? new Uint8Array(), encoding).sort(byId)).toEqual(
        rowsOf(made[encoding], encoding).sort(byId),
      );
      const added = held.map((span) => ({
        span,
        add: [
          { key: "index", value: 2 },
          { key: "new", value: "x" },
        ],
      }));
      const [changed] = encodeTraces(added);
      const after = createTraceScanner(interest).scan(changed?.body ?? new Uint8Array(), encoding);
      for (let i = 0; i < after.count; i++) {
        expect(attributeOf(after, i, "index")).toBe(2);
        expect([...attributesOf(after, i).keys()].filter((key) => key === "index")).toHaveLength(1);
        expect(attributeOf(after, i, "new")).toBe("x");
      }
    },
  );

  it.each(["protobuf", "json"] as const)(
    "leave without the held ones, the rest untouched: %s",
    (encoding) => {
      const table = createTraceScanner(interest).scan(made[encoding], encoding);
      expect(withoutSpans(table, () => false)).toBe(made[encoding]);
      expect(withoutSpans(table, () => true)).toBeUndefined();
      const rest = withoutSpans(table, (i) => table.nameIndex[i] === 0);
      const expected = rowsOf(made[encoding], encoding).filter(
        (row) => !(row as { isRoot: boolean }).isRoot,
      );
      expect(rowsOf(rest ?? new Uint8Array(), encoding)).toEqual(expected);
    },
  );

  it.each(["protobuf", "json"] as const)(
    "broken anywhere, give a typed error or a table: %s",
    (encoding) => {
      const body = made[encoding];
      fc.assert(
        fc.property(fc.nat(body.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
          const broken = isCut ? body.slice(0, at) : Uint8Array.from(body);
          if (!isCut) broken[at] = byte;
          try {
            rowsOf(broken, encoding);
          } catch (error) {
            expect(error).toBeInstanceOf(OtlpError);
            expect((error as OtlpError).offset).toBeLessThanOrEqual(broken.length);
          }
        }),
        { numRuns: 500 },
      );
    },
  );
});

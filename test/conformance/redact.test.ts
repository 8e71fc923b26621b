import { createRedactor, OtlpError } from "@wattspan/otlp";
import fc from "fast-check";
import { expect, it } from "vitest";
import { otlpType } from "./otlp-proto.ts";

// protobufjs and JSON.parse are the independent readers here: a request without the attributes has to be what
// filtering the parsed request gives.

const runs = { numRuns: 200 };
const SECRET = "gen_ai.input.messages";
const keys = [SECRET, "gen_ai.output.messages", "a", ""];
const redact = createRedactor([SECRET, "gen_ai.output.messages"]);

const value = fc.oneof(
  fc.string({ maxLength: 300 }).map((stringValue) => ({ stringValue })),
  fc.constant({
    // Only attributes are cut, not entries of a value of theirs.
    kvlistValue: { values: [{ key: SECRET, value: { stringValue: "inside" } }] },
  }),
);
const attributes = fc.array(fc.record({ key: fc.constantFrom(...keys), value }), { maxLength: 5 });
const holder = fc.record({ attributes });
const many = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { maxLength: 3 });
const span = fc.record({ attributes, events: many(holder), links: many(holder) });
const traces = fc.record({
  resourceSpans: many(
    fc.record({
      resource: holder,
      scopeSpans: many(fc.record({ scope: holder, spans: many(span) })),
    }),
  ),
});
const logs = fc.record({
  resourceLogs: many(
    fc.record({
      resource: holder,
      scopeLogs: many(fc.record({ scope: holder, logRecords: many(holder) })),
    }),
  ),
});

function without(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(without);
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([name, inner]) => {
    if (name === "value") return [name, inner];
    if (name !== "attributes") return [name, without(inner)];
    return [name, (inner as { key: string }[]).filter(({ key }) => !isSecret(key))];
  });
  return Object.fromEntries(entries);
}

const isSecret = (key: string): boolean => key === SECRET || key === "gen_ai.output.messages";

for (const [signal, type, requests] of [
  ["traces", "ExportTraceServiceRequest", traces],
  ["logs", "ExportLogsServiceRequest", logs],
] as const) {
  it(`takes attributes off ${signal} in protobuf`, () => {
    const message = otlpType(type);
    fc.assert(
      fc.property(requests as fc.Arbitrary<object>, (request) => {
        const body = message.encode(message.fromObject(request)).finish();
        const left = redact(signal, "protobuf", body);
        const wanted = message.encode(message.fromObject(without(request) as object)).finish();
        expect(Buffer.from(left)).toEqual(Buffer.from(wanted));
        if (wanted.length === body.length) expect(left).toBe(body);
      }),
      runs,
    );
  });

  it(`takes attributes off ${signal} in JSON`, () => {
    fc.assert(
      fc.property(requests as fc.Arbitrary<object>, fc.boolean(), (request, isEscaped) => {
        const text = JSON.stringify(request, null, 1);
        const written = isEscaped ? text.replaceAll("gen_ai", "\\u0067en_ai") : text;
        const left = redact(signal, "json", Buffer.from(written));
        expect(JSON.parse(Buffer.from(left).toString())).toEqual(without(request));
      }),
      runs,
    );
  });
}

it("leaves metrics alone, and refuses broken bytes around a key", () => {
  const metric = Buffer.from(`{"resourceMetrics":[{"attributes":[{"key":"${SECRET}"}]}]}`);
  expect(redact("metrics", "json", metric)).toBe(metric);
  const broken = Buffer.concat([Buffer.of(0x0a, 100), Buffer.from(SECRET)]);
  expect(() => redact("logs", "protobuf", broken)).toThrow(OtlpError);
  expect(() => redact("logs", "json", Buffer.from(`{"${SECRET}"`))).toThrow(OtlpError);
  expect(redact("logs", "protobuf", Buffer.of(0x0a, 100))).toHaveLength(2);
});

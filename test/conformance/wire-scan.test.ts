import {
  attributesOf,
  createTraceScanner,
  endUnixNanoOf,
  flagsOf,
  kindOf,
  nameOf,
  parentSpanIdOf,
  resourceAttributesOf,
  type SpanTable,
  scopeNameOf,
  spanIdOf,
  startUnixNanoOf,
  traceIdOf,
  traceStateOf,
} from "@wattspan/otlp";
import fc from "fast-check";
import { expect, it } from "vitest";
import { anyRequest, modelSpans } from "./arbitrary-request.ts";
import { writeJson } from "./write-json.ts";
import { writeRequest } from "./write-request.ts";

const interest = { names: ["prefill", "decode"], keys: ["model", "request.id", ""] };

it.each([
  ["protobuf", writeRequest],
  ["json", writeJson],
] as const)("reads every field of every span in %s", (encoding, write) => {
  const scanner = createTraceScanner(interest);
  fc.assert(
    fc.property(anyRequest, (request) => {
      const table = scanner.scan(write(request), encoding);
      const spans = modelSpans(request);
      expect(table.rejected).toEqual([]);
      expect(table.count).toBe(spans.length);
      for (const [i, { span, scope, resource }] of spans.entries()) {
        expect(readSpan(table, i)).toEqual({ ...span, attributes: new Map(span.attributes) });
        expect(resourceAttributesOf(table, i)).toEqual(new Map(resource.attributes));
        expect(scopeNameOf(table, i)).toBe(scope.name);
        if (span.name !== "") expect(table.nameIndex[i]).toBe(interest.names.indexOf(span.name));
        const keys = new Set(span.attributes.map(([key]) => key));
        const bits = interest.keys.map((key, bit) => (keys.has(key) ? 2 ** bit : 0));
        expect(table.keyMask[i]).toBe(bits.reduce((sum, bit) => sum + bit));
      }
    }),
    { numRuns: 150 },
  );
});

function readSpan(table: SpanTable, i: number): object {
  return {
    traceId: traceIdOf(table, i),
    spanId: spanIdOf(table, i),
    parentSpanId: parentSpanIdOf(table, i),
    name: nameOf(table, i),
    kind: kindOf(table, i),
    startUnixNano: startUnixNanoOf(table, i),
    endUnixNano: endUnixNanoOf(table, i),
    traceState: traceStateOf(table, i),
    flags: flagsOf(table, i),
    attributes: attributesOf(table, i),
  };
}

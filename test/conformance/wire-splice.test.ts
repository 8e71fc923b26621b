import {
  type Attribute,
  copySpan,
  createTraceScanner,
  encodeTraces,
  type HeldSpan,
  type SpanTable,
  withoutSpans,
} from "@wattspan/otlp";
import fc from "fast-check";
import { expect, it } from "vitest";
import { anyAttribute, anyRequest } from "./arbitrary-request.ts";
import { decodeMessage, rawFields } from "./otlp-proto.ts";
import { type PlacedSpan, placedSpans, requestTree } from "./request-tree.ts";
import { keyValue, writeRequest } from "./write-request.ts";

const scanner = createTraceScanner({ names: [], keys: [] });
const runs = { numRuns: 150 };

function holdAll(table: SpanTable): HeldSpan[] {
  return Array.from({ length: table.count }, (_, i) => copySpan(table, i));
}

it("takes spans out and leaves every other byte of the request as it was", () => {
  fc.assert(
    fc.property(anyRequest, fc.array(fc.boolean(), { maxLength: 20 }), (request, held) => {
      const body = writeRequest(request);
      const isHeld = (i: number): boolean => held[i] === true;
      const table = scanner.scan(body, "protobuf");
      const count = table.count;
      const heldCount = held.slice(0, count).filter(Boolean).length;
      const rest = withoutSpans(table, isHeld);
      if (heldCount === count) expect(rest).toBeUndefined();
      else if (heldCount === 0) expect(rest).toBe(body);
      else {
        const expected = requestTree(body, (i) => !isHeld(i));
        expect(requestTree(rest ?? new Uint8Array(0), () => true)).toEqual(expected);
      }
    }),
    runs,
  );
});

it("copies spans out and regroups them bit for bit, each under what stood around it", () => {
  fc.assert(
    fc.property(anyRequest, anyRequest, (first, second) => {
      const bodies = [writeRequest(first), writeRequest(second)];
      const held = bodies.flatMap((body) => holdAll(scanner.scan(body, "protobuf")));
      const before = bodies.flatMap(placedSpans);
      // The spans are out of the bodies now: what happens to those must not matter.
      for (const body of bodies) body.fill(0xff);
      const requests = encodeTraces(held.map((span) => ({ span })));
      expect(requests).toHaveLength(held.length === 0 ? 0 : 1);
      const after = requests.flatMap(({ body }) => placedSpans(body));
      expect(sorted(after)).toEqual(sorted(before));
      for (const { body } of requests) expectGrouped(body);
    }),
    runs,
  );
});

it("replaces, cuts and appends attributes and leaves all other fields as they were", () => {
  fc.assert(
    fc.property(anyRequest, fc.array(anyAttribute, { maxLength: 5 }), (request, pairs) => {
      const body = writeRequest(request);
      const add: Attribute[] = pairs.map(([key, value]) => ({ key, value }));
      const cut = (key: string): boolean => key === "a";
      const held = holdAll(scanner.scan(body, "protobuf"));
      const requests = encodeTraces(held.map((span) => ({ span, add, cut })));
      const before = sorted(placedSpans(body));
      const after = sorted(requests.flatMap((encoded) => placedSpans(encoded.body)));
      const added = [...new Map(pairs)].map(([key, value]) => [key, value] as const);
      for (const [i, { fields }] of before.entries()) {
        const left = fields.filter((field) => {
          const key = field.number === 9 && field.wire === 2 ? keyOf(field.content) : undefined;
          return key === undefined || !(cut(key) || pairs.some(([taken]) => taken === key));
        });
        const now = after[i]?.fields ?? [];
        expect(now.slice(0, left.length)).toEqual(left);
        const news = now.slice(left.length);
        expect(news.map(({ number }) => number)).toEqual(added.map(() => 9));
        const expected = new Map(added.map((pair) => [pair[0], attribute(keyValue(pair))]));
        expect(new Map(news.map(({ content }) => [keyOf(content), attribute(content)]))).toEqual(
          expected,
        );
      }
    }),
    runs,
  );
});

it("puts new spans under the resource of the one they are beside, in a scope of their own", () => {
  const scope = { name: "wattspan", version: "1.0.0", schemaUrl: "https://example.org/wattspan" };
  fc.assert(
    fc.property(anyRequest, fc.array(anyAttribute, { maxLength: 5 }), (request, pairs) => {
      const held = holdAll(scanner.scan(writeRequest(request), "protobuf"));
      const create = {
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        parentSpanId: "00f067aa0ba902b7",
        name: "prefill llama",
        kind: 1,
        startUnixNano: 1_764_000_000_123_456_789n,
        endUnixNano: 2n ** 64n - 1n,
        traceState: "ot=th:8",
        flags: 0xffff_ffff,
        attributes: pairs.map(([key, value]) => ({ key, value })),
        links: [{ traceId: "1af7651916cd43dd8448eb211c80319c", spanId: "c7ad6b7169203331" }],
      };
      const outs = held.flatMap((span) => [{ span }, { create, beside: span, scope }]);
      const after = encodeTraces(outs).flatMap(({ body }) => placedSpans(body));
      const ours = after.filter(({ scope: hex }) => hex.includes(hexOf("wattspan")));
      expect(ours).toHaveLength(held.length);
      expect(ours.map(({ resource }) => resource).sort()).toEqual(
        held.map(({ envelope }) => Buffer.from(envelope.resourceBytes).toString("hex")).sort(),
      );
      for (const { hex } of ours) {
        const { attributes = [], ...rest } = decodeMessage("Span", Buffer.from(hex, "hex"));
        expect(rest).toEqual({
          traceId: base64Of(create.traceId),
          spanId: base64Of(create.spanId),
          parentSpanId: base64Of(create.parentSpanId),
          traceState: "ot=th:8",
          name: "prefill llama",
          kind: 1,
          startTimeUnixNano: "1764000000123456789",
          endTimeUnixNano: "18446744073709551615",
          flags: 0xffff_ffff,
          links: [
            {
              traceId: base64Of("1af7651916cd43dd8448eb211c80319c"),
              spanId: base64Of("c7ad6b7169203331"),
            },
          ],
        });
        expect((attributes as unknown[]).length).toBe(new Map(pairs).size);
      }
    }),
    { numRuns: 50 },
  );
});

function sorted(spans: readonly PlacedSpan[]): PlacedSpan[] {
  const place = ({ resource, scope, hex, fields }: PlacedSpan): string =>
    `${idsOf(fields)} ${resource} ${scope} ${hex}`;
  return [...spans].sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

function idsOf(fields: PlacedSpan["fields"]): string {
  const ids = fields.filter(({ number }) => number === 1 || number === 2);
  return ids
    .map(({ hex }) => hex)
    .sort()
    .join(" ");
}

function keyOf(bytes: Uint8Array): string {
  const { key = "" } = attribute(bytes);
  return String(key);
}

function attribute(bytes: Uint8Array): Record<string, unknown> {
  return decodeMessage("KeyValue", bytes);
}

function expectGrouped(body: Uint8Array): void {
  const envelopes = rawFields(body).map(({ content }) =>
    rawFields(content)
      .filter(({ number }) => number !== 2)
      .map(({ hex }) => hex)
      .join(),
  );
  expect(new Set(envelopes).size).toBe(envelopes.length);
}

function hexOf(text: string): string {
  return Buffer.from(text).toString("hex");
}

function base64Of(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

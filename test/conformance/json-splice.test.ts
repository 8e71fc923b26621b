import { copySpan, createTraceScanner, encodeTraces, withoutSpans } from "@wattspan/otlp";
import fc from "fast-check";
import { expect, it } from "vitest";
import { anyAttribute, anyRequest } from "./arbitrary-request.ts";
import { writeJson } from "./write-json.ts";

// JSON.parse is the independent reader here: it too lets the last of two members of one name count, and
// numbers too long for it are read as their text.

interface Span {
  traceId: string;
  attributes?: { key?: string; value?: unknown }[];
}

interface Request {
  resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
}

const scanner = createTraceScanner({ names: [], keys: [] });
const runs = { numRuns: 150 };

it("takes spans out and leaves the rest of the text as it was", () => {
  fc.assert(
    fc.property(anyRequest, fc.array(fc.boolean(), { maxLength: 20 }), (request, held) => {
      const body = writeJson(request);
      const isHeld = (i: number): boolean => held[i] === true;
      const table = scanner.scan(body, "json");
      const { count } = table;
      const heldCount = held.slice(0, count).filter(Boolean).length;
      const rest = withoutSpans(table, isHeld);
      if (heldCount === count) expect(rest).toBeUndefined();
      else if (heldCount === 0) expect(rest).toBe(body);
      else expect(parsed(rest)).toEqual(without(parsed(body), isHeld));
    }),
    runs,
  );
});

it("copies spans out and regroups them, each under what stood around it", () => {
  fc.assert(
    fc.property(anyRequest, anyRequest, (first, second) => {
      const bodies = [writeJson(first), writeJson(second)];
      const held = bodies.flatMap((body) => {
        const table = scanner.scan(body, "json");
        return Array.from({ length: table.count }, (_, i) => copySpan(table, i));
      });
      const before = bodies.flatMap((body) => placed(parsed(body)));
      for (const body of bodies) body.fill(0x20);
      const requests = encodeTraces(held.map((span) => ({ span })));
      const after = requests.flatMap(({ body }) => placed(parsed(body)));
      expect(after.sort()).toEqual(before.sort());
    }),
    runs,
  );
});

it("replaces, cuts and appends attributes and leaves all other members as they were", () => {
  fc.assert(
    fc.property(anyRequest, fc.array(anyAttribute, { maxLength: 5 }), (request, pairs) => {
      const body = writeJson(request);
      const table = scanner.scan(body, "json");
      const held = Array.from({ length: table.count }, (_, i) => copySpan(table, i));
      const add = pairs.map(([key, value]) => ({ key, value }));
      const cut = (key: string): boolean => key === "a";
      const requests = encodeTraces(held.map((span) => ({ span, add, cut })));
      const taken = new Set([...pairs.map(([key]) => key), "a"]);
      const change = (span: Span): Span => ({
        ...span,
        attributes: (span.attributes ?? []).filter(({ key = "" }) => !taken.has(key ?? "")),
      });
      const before = spansOf(parsed(body)).map(change);
      const changed = requests.flatMap((encoded) => spansOf(parsed(encoded.body)));
      const addedCount = lastKeys(pairs).length;
      const kept = changed.map((span) => ({
        ...span,
        attributes: (span.attributes ?? []).slice(0, (span.attributes ?? []).length - addedCount),
      }));
      expect(sorted(kept)).toEqual(sorted(before));
      const again = encodeTraces(held.map((span) => ({ span, cut: () => true, add })));
      for (const span of again.flatMap((encoded) => spansOf(parsed(encoded.body)))) {
        expect((span.attributes ?? []).map(({ key }) => key)).toEqual(lastKeys(pairs));
      }
    }),
    runs,
  );
});

function parsed(body: Uint8Array | undefined): Request {
  const text = Buffer.from(body ?? []).toString("utf8");
  const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
  return JSON.parse(
    text.replace(tokens, (token) => (/^-?\d{16,}$/.test(token) ? `"${token}"` : token)),
  );
}

function without(request: Request, isHeld: (i: number) => boolean): Request {
  let count = 0;
  const resourceSpans = request.resourceSpans
    .map((resource) => ({
      ...resource,
      scopeSpans: resource.scopeSpans
        .map((scope) => ({ ...scope, spans: scope.spans.filter(() => !isHeld(count++)) }))
        .filter(({ spans }) => spans.length > 0),
    }))
    .filter(({ scopeSpans }) => scopeSpans.length > 0);
  return { ...request, resourceSpans };
}

function placed(request: Request): string[] {
  return request.resourceSpans.flatMap(({ scopeSpans, ...resource }) =>
    scopeSpans.flatMap(({ spans, ...scope }) =>
      spans.map((span) => JSON.stringify([span, resource, scope])),
    ),
  );
}

function spansOf(request: Request): Span[] {
  return request.resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans),
  );
}

function sorted(spans: readonly Span[]): string[] {
  return spans.map((span) => `${span.traceId} ${JSON.stringify(span)}`).sort();
}

function lastKeys(pairs: readonly (readonly [string, unknown])[]): string[] {
  const keys = pairs.map(([key]) => key);
  return keys.filter((key, i) => keys.lastIndexOf(key) === i);
}

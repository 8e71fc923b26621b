import { describe, expect, it } from "vitest";
import { copySpan } from "./copy-span.ts";
import { encodeTraces } from "./encode-traces.ts";
import type { HeldSpan } from "./held-span.ts";
import type { NewSpan, OutSpan } from "./out-span.ts";
import {
  attributesOf,
  endUnixNanoOf,
  flagsOf,
  kindOf,
  nameOf,
  parentSpanIdOf,
  resourceAttributesOf,
  scopeNameOf,
  spanIdOf,
  startUnixNanoOf,
  traceIdOf,
  traceStateOf,
} from "./read-span.ts";
import { createTraceScanner } from "./scan-trace.ts";
import type { Encoding, SpanTable } from "./span-table.ts";

const scope = { name: "wattspan", version: "1.0.0", schemaUrl: "https://example.org/1" };
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** A span under a resource with one attribute, `a` = "b". */
const held: Record<Encoding, HeldSpan> = {
  protobuf: {
    encoding: "protobuf",
    bytes: Buffer.from(`0a10${"01".repeat(16)}1208${"02".repeat(8)}4a020a00`, "hex"),
    envelope: {
      encoding: "protobuf",
      resourceBytes: new Uint8Array(Buffer.from("0a0a0a080a016112030a0162", "hex")),
      scopeBytes: new Uint8Array(0),
    },
  },
  json: {
    encoding: "json",
    bytes: bytesOf(`{"traceId":"${"01".repeat(16)}","spanId":"${"02".repeat(8)}"}`),
    envelope: {
      encoding: "json",
      resourceBytes: bytesOf('"resource":{"attributes":[{"key":"a","value":{"stringValue":"b"}}]}'),
      scopeBytes: new Uint8Array(0),
    },
  },
};

const created: NewSpan = {
  traceId: "0AF7651916CD43DD8448EB211C80319C",
  spanId: "b7ad6b7169203331",
  parentSpanId: "00f067aa0ba902b7",
  name: 'prefill "é"',
  kind: 1,
  startUnixNano: 1_764_000_000_123_456_789n,
  endUnixNano: 2n ** 64n - 1n,
  traceState: "ot=th:8",
  flags: 0xffff_ffff,
  attributes: [
    { key: "a", value: 1 },
    { key: "b", value: 2n },
    { key: "a", value: 3 },
  ],
};

function scanned(spans: readonly OutSpan[], encoding: Encoding): SpanTable {
  const [request, ...others] = encodeTraces(spans);
  expect(others).toEqual([]);
  expect(request?.encoding).toBe(encoding);
  const body = request?.body ?? new Uint8Array(0);
  return createTraceScanner({ names: [], keys: [] }).scan(body, encoding);
}

it("makes no request of no spans", () => {
  expect(encodeTraces([])).toEqual([]);
});

it("makes one request for each encoding, and each can be read", () => {
  const requests = encodeTraces([{ span: held.json }, { span: held.protobuf }]);
  expect(requests.map(({ encoding }) => encoding)).toEqual(["protobuf", "json"]);
  for (const { encoding, body } of requests) {
    const table = createTraceScanner({ names: [], keys: [] }).scan(body, encoding);
    expect([table.count, traceIdOf(table, 0)]).toEqual([1, "01".repeat(16)]);
  }
});

describe.each(["protobuf", "json"] as const)("in %s", (encoding) => {
  const span = held[encoding];

  it("a new span has all that was asked for, under the resource it was put beside", () => {
    const table = scanned([{ span }, { create: created, beside: span, scope }], encoding);
    expect(table.count).toBe(2);
    expect([traceIdOf(table, 1), spanIdOf(table, 1), parentSpanIdOf(table, 1)]).toEqual([
      "0af7651916cd43dd8448eb211c80319c",
      "b7ad6b7169203331",
      "00f067aa0ba902b7",
    ]);
    expect([nameOf(table, 1), kindOf(table, 1)]).toEqual(['prefill "é"', 1]);
    expect(startUnixNanoOf(table, 1)).toBe(1_764_000_000_123_456_789n);
    expect(endUnixNanoOf(table, 1)).toBe(2n ** 64n - 1n);
    expect([traceStateOf(table, 1), flagsOf(table, 1)]).toEqual(["ot=th:8", 0xffff_ffff]);
    expect([...attributesOf(table, 1)]).toEqual([
      ["b", 2n],
      ["a", 3],
    ]);
    expect([scopeNameOf(table, 0), scopeNameOf(table, 1)]).toEqual(["", "wattspan"]);
    expect(resourceAttributesOf(table, 1)).toEqual(new Map([["a", "b"]]));
    expect(table.ranges.resources.count).toBe(1);
  });

  it("a new root has no parent and no more than it needs", () => {
    const { traceState: _, flags: __, ...rest } = created;
    const create = { ...rest, parentSpanId: "", attributes: [], links: [] };
    const plain = { name: "s", version: "", schemaUrl: "" };
    const table = scanned([{ create, beside: span, scope: plain }], encoding);
    expect(parentSpanIdOf(table, 0)).toBe("");
    expect([traceStateOf(table, 0), flagsOf(table, 0)]).toEqual(["", 0]);
    expect(attributesOf(table, 0)).toEqual(new Map());
  });

  it("of attributes with one key the last is written, once", () => {
    const add = [
      { key: "k", value: 1 },
      { key: "x", value: "é".repeat(60) },
      { key: "k", value: null },
    ];
    const table = scanned([{ span, add }], encoding);
    expect(attributesOf(table, 0).get("k")).toBeNull();
    expect(attributesOf(table, 0).get("x")).toBe("é".repeat(60));
    const text = Buffer.from(table.body).toString("latin1");
    expect(text.split(encoding === "json" ? '"key":"k"' : "\n\x01k")).toHaveLength(2);
  });

  it("thousands of spans of one envelope share it", () => {
    const many = Array.from({ length: 3000 }, () => ({
      span,
      add: [{ key: "n", value: "x".repeat(50) }],
    }));
    const table = scanned(many, encoding);
    expect(table.count).toBe(3000);
    expect(table.ranges.scopes.count).toBe(1);
    expect(copySpan(table, 0).envelope).toBe(copySpan(table, 2999).envelope);
  });

  it("equal envelopes of different requests are one envelope", () => {
    const envelope = {
      encoding,
      resourceBytes: span.envelope.resourceBytes.slice(),
      scopeBytes: span.envelope.scopeBytes.slice(),
    };
    const table = scanned([{ span }, { span: { ...span, envelope } }], encoding);
    expect([table.count, table.ranges.scopes.count]).toEqual([2, 1]);
  });

  it.each([
    ["a short trace id", { traceId: "0af7" }],
    ["a span id of zeros", { spanId: "0000000000000000" }],
    ["a span id that is no hex", { spanId: "x7ad6b7169203331" }],
    ["a long parent id", { parentSpanId: "00f067aa0ba902b700" }],
    ["an int beyond 64 bits", { attributes: [{ key: "a", value: 2n ** 63n }] }],
  ])("throws for %s", (_, change) => {
    const create = { ...created, ...change };
    expect(() => encodeTraces([{ create, beside: span, scope }])).toThrow(RangeError);
  });
});

it("links keep their order, and so do the parts of a value", () => {
  const links = ["01", "02", "03"].map((id) => ({
    traceId: id.repeat(16),
    spanId: id.repeat(8),
  }));
  const value = [
    1n,
    [
      2n,
      new Map([
        ["a", 3n],
        ["b", 4n],
      ]),
    ],
  ];
  const create = { ...created, links, attributes: [{ key: "v", value }] };
  const table = scanned([{ create, beside: held.protobuf, scope }], "protobuf");
  expect(attributesOf(table, 0).get("v")).toEqual(value);
  const hex = Buffer.from(table.body).toString("hex");
  const places = links.map(({ traceId }) => hex.lastIndexOf(traceId));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);
});

describe("JSON of a span without attributes", () => {
  it.each([
    "{}",
    "{ }",
    '{"attributes":null}',
    '{"attributes":[]}',
    '{"attributes":[1],"attributes":[ ]}',
  ])("takes new ones: %s", (text) => {
    const span = { ...held.json, bytes: bytesOf(text) };
    const [request] = encodeTraces([{ span, add: [{ key: "k", value: true }] }]);
    const parsed = JSON.parse(Buffer.from(request?.body ?? []).toString());
    expect(parsed.resourceSpans[0].scopeSpans[0].spans).toEqual([
      { attributes: [{ key: "k", value: { boolValue: true } }] },
    ]);
  });

  it("stays as it is where nothing is added", () => {
    const span = { ...held.json, bytes: bytesOf('{ "attributes" : [ ] }') };
    const [request] = encodeTraces([{ span, cut: () => true }]);
    expect(Buffer.from(request?.body ?? []).toString()).toContain(
      '"spans":[{ "attributes" : [ ] }]',
    );
  });
});

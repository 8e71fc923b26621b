import { describe, expect, it } from "vitest";
import { copySpan } from "./copy-span.ts";
import { OtlpError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import {
  attributesOf,
  nameOf,
  parentSpanIdOf,
  resourceAttributesOf,
  traceIdOf,
} from "./read-span.ts";
import { createTraceScanner, type TraceScanner } from "./scan-trace.ts";
import type { Encoding } from "./span-table.ts";
import { withoutSpans } from "./without-spans.ts";

const IDS = field(1, new Uint8Array(16).fill(1), field(2, new Uint8Array(8).fill(2)));

function field(number: number, content: Uint8Array | string, after?: Uint8Array): Uint8Array {
  const bytes = Buffer.from(content as string);
  const length =
    bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([
    Uint8Array.of(number * 8 + 2, ...length),
    bytes,
    after ?? new Uint8Array(0),
  ]);
}

function requestOf(...spans: Uint8Array[]): Uint8Array {
  return field(1, field(2, Buffer.concat(spans.map((span) => field(2, span)))));
}

function jsonOf(...spans: string[]): Uint8Array {
  return Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${spans.join()}]}]}]}`);
}

const JSON_IDS = `"traceId":"${"01".repeat(16)}","spanId":"${"02".repeat(8)}"`;

function refusal(scanner: TraceScanner, body: Uint8Array, encoding: Encoding): [string, number] {
  try {
    scanner.scan(body, encoding);
  } catch (error) {
    if (error instanceof OtlpError) return [error.code, error.offset];
    throw error;
  }
  return ["none", -1];
}

function scannerOf(limits: Partial<Limits>): TraceScanner {
  return createTraceScanner({ names: [], keys: [] }, limits);
}

it("refuses more than 32 keys to look for", () => {
  const keys = Array.from({ length: 33 }, (_, i) => `key ${i}`);
  expect(() => createTraceScanner({ names: [], keys })).toThrow(RangeError);
});

it("marks the 32nd key, and every bit of a key named twice", () => {
  const keys = [...Array.from({ length: 31 }, (_, i) => `key ${i}`), "last"];
  const last = Buffer.concat([IDS, field(9, field(1, "last"))]);
  const table = createTraceScanner({ names: [], keys }).scan(requestOf(last), "protobuf");
  expect(table.keyMask[0]).toBe(2 ** 31);
  const twice = createTraceScanner({ names: [], keys: ["last", "x", "last"] });
  expect(twice.scan(requestOf(last), "protobuf").keyMask[0]).toBe(0b101);
});

it("reads a body that is part of a larger buffer", () => {
  const span = Buffer.concat([IDS, field(5, "named")]);
  const pool = Buffer.concat([Buffer.from("before"), requestOf(span), Buffer.from("after")]);
  const table = scannerOf({}).scan(pool.subarray(6, pool.length - 5), "protobuf");
  expect([table.count, nameOf(table, 0), traceIdOf(table, 0)]).toEqual([
    1,
    "named",
    "01".repeat(16),
  ]);
  const held = copySpan(table, 0);
  pool.fill(0);
  expect(Buffer.from(held.bytes)).toEqual(span);
  expect(held.bytes.buffer.byteLength).toBe(span.length);
});

it("forgets the last request, also when the next is refused", () => {
  const scanner = createTraceScanner({ names: ["a"], keys: ["k"] });
  const attribute = field(9, field(1, "k"));
  scanner.scan(
    requestOf(Buffer.concat([IDS, field(5, "a"), attribute]), IDS, field(5, "x")),
    "protobuf",
  );
  const table = scanner.scan(requestOf(IDS), "protobuf");
  expect([table.count, table.nameIndex[0], table.keyMask[0], table.rejected]).toEqual([
    1,
    -1,
    0,
    [],
  ]);
  expect(() => nameOf(table, 1)).toThrow(RangeError);
  expect(refusal(scanner, Uint8Array.of(0x0a, 9), "protobuf")).toEqual(["malformed", 0]);
  expect(table.count).toBe(0);
});

it("takes a parent id of zeros for none", () => {
  const scanner = scannerOf({});
  const table = scanner.scan(
    requestOf(Buffer.concat([IDS, field(4, new Uint8Array(8))])),
    "protobuf",
  );
  expect(parentSpanIdOf(table, 0)).toBe("");
  const json = scanner.scan(jsonOf(`{${JSON_IDS},"parentSpanId":"${"0".repeat(16)}"}`), "json");
  expect(parentSpanIdOf(json, 0)).toBe("");
});

it("grows to as many spans as there are", () => {
  const spans = Array.from({ length: 3000 }, (_, i) => `{${JSON_IDS},"name":"${i}"}`);
  const table = scannerOf({}).scan(jsonOf(...spans), "json");
  expect([table.count, nameOf(table, 2999), nameOf(table, 0)]).toEqual([3000, "2999", "0"]);
});

describe("an empty request", () => {
  it.each([
    ["protobuf", ""],
    ["json", "{}"],
    ["json", ' {"resourceSpans":null} '],
    ["json", '{"resourceSpans":[{"scopeSpans":[{"spans":[]},{}]},{}]}'],
  ] as const)("has no spans: %s %s", (encoding, text) => {
    const table = scannerOf({}).scan(Buffer.from(text), encoding);
    expect([table.count, table.rejected.length]).toEqual([0, 0]);
    expect(withoutSpans(table, () => false)).toBeUndefined();
  });
});

describe("of a JSON member written twice the last counts", () => {
  const span = (name: string): string => `{${JSON_IDS},"name":"${name}"}`;

  it.each([
    `{"resourceSpans":[{"scopeSpans":[{"spans":[${span("old")}]}]}],"resourceSpans":[{"scopeSpans":[{"spans":[${span("new")}]}]}]}`,
    `{"resourceSpans":[{"scopeSpans":[{"spans":[${span("old")},{}]}],"scopeSpans":[{"spans":[${span("new")}]}]}]}`,
    `{"resourceSpans":[{"scopeSpans":[{"spans":[${span("old")},{}],"spans":[${span("new")}]}]}]}`,
    `{"resourceSpans":[{"scopeSpans":[{"spans":[{${JSON_IDS},"name":"old","name":"new"}]}]}]}`,
  ])("%s", (text) => {
    const table = scannerOf({}).scan(Buffer.from(text), "json");
    expect(table.count).toBe(1);
    expect(table.rejected).toEqual([]);
    expect(nameOf(table, 0)).toBe("new");
    expect(resourceAttributesOf(table, 0)).toEqual(new Map());
  });
});

describe("limits", () => {
  it("refuse a body that is too long", () => {
    expect(refusal(scannerOf({ bodyBytes: 10 }), requestOf(IDS), "protobuf")).toEqual([
      "too_large",
      10,
    ]);
    expect(refusal(scannerOf({ bodyBytes: 10 }), jsonOf("{}"), "json")).toEqual(["too_large", 10]);
  });

  it("refuse too many spans and too many envelopes", () => {
    const scanner = scannerOf({ spans: 2 });
    expect(refusal(scanner, requestOf(IDS, IDS), "protobuf")[0]).toBe("none");
    expect(refusal(scanner, requestOf(IDS, IDS, field(5, "bad")), "protobuf")[0]).toBe("too_many");
    expect(refusal(scanner, Uint8Array.of(10, 0, 10, 0, 10, 0), "protobuf")).toEqual([
      "too_many",
      4,
    ]);
    expect(refusal(scanner, field(1, Uint8Array.of(18, 0, 18, 0, 18, 0)), "protobuf")[0]).toBe(
      "too_many",
    );
    expect(refusal(scanner, jsonOf("{}", "{}", "{}"), "json")[0]).toBe("too_many");
    expect(refusal(scanner, Buffer.from('{"resourceSpans":[{},{},{}]}'), "json")[0]).toBe(
      "too_many",
    );
  });

  it("reject only the span that has too much on it", () => {
    const attribute = field(9, field(1, "key"));
    const long = field(9, field(1, "k", field(2, field(1, "12345"))));
    const scanner = scannerOf({ attributes: 2, stringBytes: 4, depth: 6 });
    const nested = [1, 2, 3].reduce((inner) => field(5, field(1, inner)), field(1, "x"));
    const table = scanner.scan(
      requestOf(
        Buffer.concat([IDS, attribute, attribute]),
        Buffer.concat([IDS, attribute, attribute, attribute]),
        Buffer.concat([IDS, long]),
        Buffer.concat([IDS, field(5, "named")]),
        Buffer.concat([IDS, field(9, field(2, nested))]),
      ),
      "protobuf",
    );
    expect(table.count).toBe(1);
    expect(table.rejected.map(({ reason }) => reason)).toEqual([
      "too many attributes",
      "string too long",
      "string too long",
      "nested too deep",
    ]);
    const json = scanner.scan(
      jsonOf(
        `{${JSON_IDS},"attributes":[{},{}]}`,
        `{${JSON_IDS},"attributes":[{},{},{}]}`,
        `{${JSON_IDS},"attributes":[{"value":{"stringValue":"12345"}}]}`,
        `{${JSON_IDS},"name":"named"}`,
      ),
      "json",
    );
    expect([json.count, json.rejected.length]).toEqual([1, 3]);
    expect(attributesOf(json, 0)).toEqual(new Map([["", null]]));
  });

  it("refuse JSON nested too deep", () => {
    const deep = `{"a":${"[".repeat(300)}${"]".repeat(300)}}`;
    expect(refusal(scannerOf({}), Buffer.from(deep), "json")).toEqual(["too_deep", 204]);
  });
});

describe("broken envelopes refuse the request, and say where", () => {
  it.each([
    ["a request cut off", Uint8Array.of(0x0a, 5, 0), 0],
    ["resource spans cut off", field(1, Uint8Array.of(0x12, 5, 0)), 2],
    ["scope spans cut off", field(1, field(2, Uint8Array.of(0x12, 5, 0))), 4],
    ["a broken resource", field(1, field(1, Uint8Array.of(0x0a, 5))), 2],
    ["a broken scope", field(1, field(2, field(1, Uint8Array.of(0x1a, 5)))), 4],
  ])("%s", (_, body, offset) => {
    expect(refusal(scannerOf({}), body, "protobuf")).toEqual(["malformed", offset]);
  });

  it.each([
    ["no object", "[]", 0],
    ["a list that is none", '{"resourceSpans":{}}', 17],
    ["an envelope that is none", '{"resourceSpans":[1]}', 18],
    ["spans that are no list", '{"resourceSpans":[{"scopeSpans":[{"spans":1}]}]}', 42],
    ["a resource that is none", '{"resourceSpans":[{"resource":[]}]}', 30],
    ["attributes that are none", '{"resourceSpans":[{"resource":{"attributes":[1]}}]}', 44],
    ["a scope name that is none", '{"resourceSpans":[{"scopeSpans":[{"scope":{"name":1}}]}]}', 50],
    ["more than one value", "{}{}", 2],
  ])("%s", (_, text, offset) => {
    expect(refusal(scannerOf({}), Buffer.from(text), "json")).toEqual(["malformed", offset]);
  });
});

import { expect, it } from "vitest";
import { copySpan } from "./copy-span.ts";
import { encodeTraces } from "./encode-traces.ts";
import { OtlpError } from "./errors.ts";
import { attributesOf, resourceAttributesOf, scopeNameOf } from "./read-span.ts";
import { scanMetrics } from "./scan-metrics.ts";
import { createTraceScanner } from "./scan-trace.ts";
import type { Encoding } from "./span-table.ts";
import { putVarint, varintSize } from "./wire/write-varint.ts";
import { withoutSpans } from "./without-spans.ts";

// Bodies made to cost time out of proportion. Anything quadratic takes minutes here; the bound is far above
// what a slow machine needs for one pass.
const BOUND_MS = 4000;
const MEGABYTE = 1_000_000;
const scanner = createTraceScanner({ names: ["a"], keys: ["a"] });
const IDS = Buffer.concat([
  field(1, new Uint8Array(16).fill(1)),
  field(2, new Uint8Array(8).fill(2)),
]);
const JSON_IDS = `"traceId":"${"01".repeat(16)}","spanId":"${"02".repeat(8)}"`;

function field(number: number, content: Uint8Array): Buffer {
  const head = new Uint8Array(1 + varintSize(content.length));
  head[0] = number * 8 + 2;
  putVarint(head, 1, content.length);
  return Buffer.concat([head, content]);
}

function repeated(part: Uint8Array | string, size: number): Buffer {
  return Buffer.alloc(Math.floor(size / part.length) * part.length, part);
}

function spanWith(content: Uint8Array): Uint8Array {
  return field(1, field(2, field(2, Buffer.concat([IDS, content]))));
}

function json(spans: string): Buffer {
  return Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${spans}]}]}]}`);
}

/** Nested arrays as deep as the limit lets them be, around a long string. */
function nestedJson(): string {
  const open = '{"arrayValue":{"values":[';
  return `{${JSON_IDS},"attributes":[{"value":${open.repeat(60)}{"stringValue":"${"x".repeat(MEGABYTE)}"}${"]}}".repeat(60)}}]}`;
}

function nestedMessages(): Uint8Array {
  let value: Buffer = field(1, repeated("x", MEGABYTE));
  for (let i = 0; i < 48; i++) value = field(5, field(1, value));
  return value;
}

const empty = Uint8Array.of(0x12, 0);
const bodies: readonly (readonly [string, Encoding, Uint8Array])[] = [
  ["empty resources", "protobuf", repeated(Uint8Array.of(0x0a, 0), 2 * MEGABYTE)],
  ["empty scopes", "protobuf", field(1, repeated(empty, 2 * MEGABYTE))],
  ["empty spans", "protobuf", field(1, field(2, repeated(empty, MEGABYTE / 2)))],
  ["one-span scopes", "protobuf", field(1, repeated(field(2, field(2, IDS)), 2 * MEGABYTE))],
  ["one-span resources", "protobuf", repeated(field(1, field(2, field(2, IDS))), 2 * MEGABYTE)],
  ["group starts", "protobuf", repeated(Uint8Array.of(0x0b), MEGABYTE)],
  ["empty groups", "protobuf", spanWith(repeated(Uint8Array.of(0x0b, 0x0c), MEGABYTE))],
  ["empty attributes", "protobuf", spanWith(repeated(Uint8Array.of(0x4a, 0), MEGABYTE))],
  [
    "a key over and over",
    "protobuf",
    spanWith(field(9, repeated(field(1, Buffer.from("a")), MEGABYTE))),
  ],
  [
    "a value over and over",
    "protobuf",
    spanWith(field(9, repeated(field(2, field(1, Buffer.from("a"))), MEGABYTE))),
  ],
  [
    "an array over and over",
    "protobuf",
    spanWith(field(9, field(2, repeated(field(5, field(1, empty)), MEGABYTE)))),
  ],
  ["deep values", "protobuf", spanWith(field(9, field(2, nestedMessages())))],
  ["names over and over", "protobuf", spanWith(repeated(field(5, Buffer.from("a")), MEGABYTE))],
  [
    "a resource over and over",
    "protobuf",
    field(
      1,
      Buffer.concat([
        repeated(field(1, field(1, field(1, Buffer.from("a")))), MEGABYTE),
        field(2, field(2, IDS)),
      ]),
    ),
  ],
  ["endless varints", "protobuf", repeated(Uint8Array.of(0xff), MEGABYTE)],
  ["deep brackets", "json", repeated("[", MEGABYTE)],
  ["spaces", "json", Buffer.concat([Buffer.from("{}"), repeated(" ", MEGABYTE)])],
  [
    "backslashes",
    "json",
    Buffer.concat([Buffer.from('"'), repeated("\\\\", MEGABYTE), Buffer.from('"')]),
  ],
  ["an endless string", "json", Buffer.concat([Buffer.from('{"'), repeated("x", MEGABYTE)])],
  ["a long number", "json", json(`{${JSON_IDS},"startTimeUnixNano":${"1".repeat(MEGABYTE)}}`)],
  [
    "a long int",
    "json",
    json(`{${JSON_IDS},"attributes":[{"value":{"intValue":"${"1".repeat(MEGABYTE)}"}}]}`),
  ],
  ["a long id", "json", json(`{"traceId":"${"\\u0061".repeat(MEGABYTE / 6)}"}`)],
  ["deep values", "json", json(nestedJson())],
  [
    "empty spans",
    "json",
    json(
      repeated("{},", MEGABYTE / 2)
        .toString()
        .slice(0, -1),
    ),
  ],
  [
    "spans",
    "json",
    json(
      repeated(`{${JSON_IDS}},`, 2 * MEGABYTE)
        .toString()
        .slice(0, -1),
    ),
  ],
  [
    "a list over and over",
    "json",
    Buffer.from(`{${repeated('"resourceSpans":[{}],', MEGABYTE)}"a":1}`),
  ],
  ["short keys", "json", json(`{${JSON_IDS},${repeated('"a":1,', MEGABYTE)}"b":1}`)],
  ["escaped keys", "json", json(`{${JSON_IDS},${repeated('"\\u0061":1,', MEGABYTE)}"b":1}`)],
];

it.each(bodies)("one pass is enough for %s in %s", (_, encoding, body) => {
  const start = performance.now();
  try {
    const table = scanner.scan(body, encoding);
    const held = Array.from({ length: Math.min(table.count, 50_000) }, (__, i) => {
      attributesOf(table, i);
      resourceAttributesOf(table, i);
      scopeNameOf(table, i);
      return copySpan(table, i);
    });
    withoutSpans(table, (i) => i % 2 === 0);
    const add = [{ key: "a", value: 1 }];
    encodeTraces(held.map((span) => ({ span, add, cut: (key) => key === "b" })));
  } catch (error) {
    expect(error).toBeInstanceOf(OtlpError);
  }
  try {
    scanMetrics(body, encoding, () => true);
  } catch (error) {
    expect(error).toBeInstanceOf(OtlpError);
  }
  expect(performance.now() - start).toBeLessThan(BOUND_MS);
});

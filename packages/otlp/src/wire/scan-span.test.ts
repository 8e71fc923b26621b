import { describe, expect, it } from "vitest";
import type { AttributeValue } from "../attribute-value.ts";
import { attributesOf, nameOf, parentSpanIdOf, traceStateOf } from "../read-span.ts";
import { createTraceScanner } from "../scan-trace.ts";
import type { SpanTable } from "../span-table.ts";
import { withoutSpans } from "../without-spans.ts";

const IDS = `0a10${"01".repeat(16)}1208${"02".repeat(8)}`;
const scanner = createTraceScanner({ names: [], keys: ["k"] });

/** Spans and other fields, in hex, each behind its tag and its one-byte length. */
function field(tag: string, ...content: readonly string[]): string {
  const hex = content.join("").replaceAll(" ", "");
  return `${tag}${(hex.length / 2).toString(16).padStart(2, "0")}${hex}`;
}

function scan(...spans: readonly string[]): SpanTable {
  const entries = spans.map((span) => {
    const length = span.length / 2;
    const prefix = [(length & 127) | 128, length >> 7];
    return `12${Buffer.from(prefix).toString("hex")}${span}`;
  });
  const scope = lengthened("12", entries.join(""));
  return scanner.scan(Buffer.from(lengthened("0a", scope), "hex"), "protobuf");
}

function lengthened(tag: string, hex: string): string {
  const length = hex.length / 2;
  return `${tag}${Buffer.from([(length & 127) | 128, length >> 7]).toString("hex")}${hex}`;
}

describe("rejects a span that is broken", () => {
  it.each([
    ["an attribute cut off", "4a05 0a01 6b"],
    ["an attribute without length", "4a"],
    ["a text longer than its value", field("4a", "0a016b", "1203 0a05 78")],
    ["a text that ends outside its value", field("4a", "0a016b", "1202 0a01 78")],
    ["a text shorter than its value, and then half a field", field("4a", "0a016b", "1203 0a00 78")],
    ["a value longer than its attribute", field("4a", "0a016b", "1205 0a00")],
    ["half a field after the value", field("4a", "0a016b", "1202 0a00", "ff")],
    ["a varint without end", field("4a", "0a016b", "1202 1880")],
    ["a byte after a varint", field("4a", "0a016b", "1203 1801 01")],
    ["a bool with a byte after it", field("4a", "0a016b", "1203 1001 01")],
    ["a double of two bytes", field("4a", "0a016b", "1203 210102")],
    ["a broken value in an array", field("4a", "0a016b", "1206 2a04 0a02 0a05")],
    ["a broken pair in a map", field("4a", "0a016b", "1206 3204 0a02 0a05")],
    ["a broken attribute of an event", field("5a", field("1a", "0a05"))],
    ["a broken attribute of a link", field("6a", field("22", "0a05"))],
    ["a broken status", field("7a", "1205")],
    ["a broken field of its own", "ff"],
    ["a time cut off", "390102"],
    ["a kind cut off", "3080"],
    ["flags cut off", "850101"],
    ["a parent of 4 bytes", "220401020304"],
    ["a second trace id of zeros", `0a10${"00".repeat(16)}`],
    ["a second span id of 4 bytes", "120401020304"],
    ["a group without end", "a306"],
  ])("%s", (_, broken) => {
    const bad = `${IDS}${broken.replaceAll(" ", "")}`;
    const good = `${IDS}2a0161`;
    const table = scan(bad, bad, good, bad, good, bad);
    expect([table.count, table.rejected.length]).toEqual([2, 4]);
    const rest = withoutSpans(table, () => false) ?? new Uint8Array(0);
    const again = scanner.scan(rest, "protobuf");
    expect([again.count, again.rejected.length, nameOf(again, 1)]).toEqual([2, 0, "a"]);
    const second = withoutSpans(scan(bad, bad, good, bad, good, bad), (i) => i === 0);
    const one = scanner.scan(second ?? new Uint8Array(0), "protobuf");
    expect([one.count, one.rejected.length, nameOf(one, 0)]).toEqual([1, 0, "a"]);
  });
});

it("takes a parent of no bytes for none, also after another", () => {
  const table = scan(`${IDS}2208${"03".repeat(8)}22002a0961626364656667686a`);
  expect(parentSpanIdOf(table, 0)).toBe("");
});

it("takes a field of another wire type than its own for unknown", () => {
  const table = scan(`${IDS}0801 2801 1801 4801`.replaceAll(" ", ""));
  expect([table.count, nameOf(table, 0), traceStateOf(table, 0)]).toEqual([1, "", ""]);
});

describe("reads a value written in an unusual way", () => {
  it.each<[string, string, AttributeValue]>([
    ["no value", "", null],
    ["an empty value", field("12"), null],
    ["a text and then an int", field("12", "0a0161", "1801"), 1n],
    ["a value in two parts", field("12", "0a0161") + field("12", "1801"), 1n],
    [
      "an array in two parts",
      field("12", field("2a", "0a021801"), field("2a", "0a021802")),
      [1n, 2n],
    ],
    [
      "an array in two values",
      field("12", field("2a", "0a021801")) + field("12", field("2a", "0a021802")),
      [1n, 2n],
    ],
    [
      "an array, a map, and an array",
      field("12", field("2a", "0a021801"), field("32"), field("2a", "0a021802")),
      [2n],
    ],
    ["an array and then a bool", field("12", field("2a", "0a021801"), "1001"), true],
    [
      "a bool and then a map",
      field("12", "1001", field("32", field("0a", "0a0178", "12021805"))),
      new Map([["x", 5n]]),
    ],
    ["a number in more bytes than it takes", field("12", "18858000"), 5n],
    ["a negative number", field("12", "18ffffffffffffffffff01"), -1n],
    ["bytes", field("12", "3a020102"), Uint8Array.of(1, 2)],
    ["something unknown", field("12", "4a0101"), null],
  ])("%s", (_, value, expected) => {
    const before = scan(`${IDS}${field("4a", "0a016b", value)}`);
    expect([before.count, before.keyMask[0]]).toEqual([1, 1]);
    expect(attributesOf(before, 0)).toEqual(new Map([["k", expected]]));
    const after = scan(`${IDS}${field("4a", value, "0a0161", "0a016b")}`);
    expect([after.count, after.keyMask[0]]).toEqual([1, 1]);
    expect(attributesOf(after, 0)).toEqual(new Map([["k", expected]]));
  });
});

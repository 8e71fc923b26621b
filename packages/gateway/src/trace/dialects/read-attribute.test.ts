import type { AttributeValue } from "@wattspan/otlp";
import { expect, it } from "vitest";
import { readCount, readDurationNs, readNumber, readText, readTexts } from "./read-attribute.ts";

const of = (value: AttributeValue): ReadonlyMap<string, AttributeValue> => new Map([["k", value]]);

it("reads scalars as text, 64-bit ids exact", () => {
  expect(readText(of(17_717_888_169_612_136_819n), "k")).toBe("17717888169612136819");
  expect([of("a"), of(1.5), of(true)].map((map) => readText(map, "k"))).toEqual([
    "a",
    "1.5",
    "true",
  ]);
  for (const none of [of(""), of(null), of(Number.NaN), of(["a"]), new Map()]) {
    expect(readText(none, "k")).toBeUndefined();
  }
});

it("reads numbers sent as text and nothing else as a number", () => {
  expect([of("57.08"), of(3n), of(0)].map((map) => readNumber(map, "k"))).toEqual([57.08, 3, 0]);
  for (const none of [of(""), of(" "), of("1ms"), of(true), of("Infinity"), of(null)]) {
    expect(readNumber(none, "k")).toBeUndefined();
  }
});

it("reads whole counts of at least 0, the first key that has one", () => {
  expect(readCount(of("24"), ["missing", "k"])).toBe(24);
  expect(
    readCount(
      new Map<string, AttributeValue>([
        ["a", "-1"],
        ["b", 0n],
      ]),
      ["a", "b"],
    ),
  ).toBe(0);
  for (const none of [of("1.5"), of(-1n), of(1e300)])
    expect(readCount(none, ["k"])).toBeUndefined();
});

it("reads durations in nanoseconds and refuses absurd ones", () => {
  expect(readDurationNs(of("57.08"), "k", 1e-3)).toBe(57_080_000n);
  expect(readDurationNs(of(9.518846528), "k", 1)).toBe(9_518_846_528n);
  for (const none of [of(-1), of(1e9), of("soon")])
    expect(readDurationNs(none, "k", 1)).toBeUndefined();
});

it("reads lists of texts", () => {
  expect(readTexts(of(["a", 1n, "", "b"]), "k")).toEqual(["a", "b"]);
  expect(readTexts(of("a"), "k")).toEqual(["a"]);
  for (const none of [of([]), of(1n), new Map()]) expect(readTexts(none, "k")).toBeUndefined();
});

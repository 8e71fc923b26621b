import fc from "fast-check";
import { expect, it } from "vitest";
import type { AttributeValue } from "../attribute-value.ts";
import { readAttributes } from "./read-value.ts";
import { attributeText, stringText } from "./write-value.ts";

const { value: anyValue } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: "grapheme" }),
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 3 }).map((pairs) => new Map(pairs)),
  ),
}));

it("what is written reads back the same, type and all", () => {
  fc.assert(
    fc.property(fc.string(), anyValue, (key, value) => {
      const text = `[${attributeText({ key, value })}]`;
      JSON.parse(text);
      expect(readAttributes(new Uint8Array(Buffer.from(text)), 0)).toEqual(new Map([[key, value]]));
    }),
  );
});

it.each([
  [2, '{"doubleValue":2.0}'],
  [-0, '{"doubleValue":-0.0}'],
  [0.5, '{"doubleValue":0.5}'],
  [1e21, '{"doubleValue":1e+21}'],
  [Number.NaN, '{"doubleValue":"NaN"}'],
  [Number.POSITIVE_INFINITY, '{"doubleValue":"Infinity"}'],
  [Number.NEGATIVE_INFINITY, '{"doubleValue":"-Infinity"}'],
  [2n, '{"intValue":"2"}'],
  [9_223_372_036_854_775_807n, '{"intValue":"9223372036854775807"}'],
  [null, "{}"],
  [Uint8Array.of(1, 2), '{"bytesValue":"AQI="}'],
])("writes %s as %s", (value, text) => {
  expect(attributeText({ key: "k", value })).toBe(`{"key":"k","value":${text}}`);
});

it("refuses an int beyond 64 bits", () => {
  expect(() => attributeText({ key: "k", value: 2n ** 63n })).toThrow(RangeError);
});

it("writes half a surrogate pair as U+FFFD", () => {
  expect(stringText("a\ud800b")).toBe('"a\ufffdb"');
  expect(stringText("\u{1f600}")).toBe('"\u{1f600}"');
});

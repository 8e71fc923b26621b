import fc from "fast-check";
import { expect, it } from "vitest";
import { createByteMatcher, matchBytes } from "./match-bytes.ts";

it("finds what indexOf finds", () => {
  const texts = fc.array(fc.string({ unit: "grapheme", maxLength: 8 }), { maxLength: 40 });
  fc.assert(
    fc.property(texts, texts, fc.uint8Array({ maxLength: 4 }), (known, asked, around) => {
      const matcher = createByteMatcher(known);
      for (const text of [...known, ...asked]) {
        const content = Buffer.from(text);
        const bytes = Uint8Array.from([...around, ...content, ...around]);
        const start = around.length;
        const found = matchBytes(matcher, bytes, start, start + content.length);
        expect(found).toBe(known.indexOf(text));
      }
    }),
  );
});

it("finds texts that share length, middle and end", () => {
  const texts = ["aXmYz", "bXmYz", "cXmYz"];
  const matcher = createByteMatcher(texts);
  for (const [i, text] of texts.entries()) {
    expect(matchBytes(matcher, new Uint8Array(Buffer.from(text)), 0, 5)).toBe(i);
  }
});

it("refuses more texts than it can number", () => {
  expect(() => createByteMatcher(new Array(32_768).fill("a"))).toThrow(RangeError);
});

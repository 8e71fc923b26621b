import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OtlpError } from "../errors.ts";
import { checkText } from "./check-text.ts";

function isTaken(text: string): boolean {
  try {
    checkText(new Uint8Array(Buffer.from(text)), 64);
    return true;
  } catch (error) {
    if (error instanceof OtlpError) return false;
    throw error;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("takes just what JSON.parse takes", () => {
  it("of JSON with a few characters changed", () => {
    const signs = fc.constantFrom(...'{}[]",:\\0123456789-+.eEtruefalsnbx \t\n\u0001é');
    const change = fc.tuple(fc.nat(), fc.nat(2), fc.oneof(signs, fc.constant("")));
    let taken = 0;
    fc.assert(
      fc.property(fc.json(), fc.array(change, { maxLength: 3 }), (json, changes) => {
        const text = changes.reduce((before, [at, cut, sign]) => {
          const place = at % (before.length + 1);
          return before.slice(0, place) + sign + before.slice(place + cut);
        }, json);
        if (isTaken(text)) taken += 1;
        expect([text, isTaken(text)]).toEqual([text, isJson(text)]);
      }),
      { numRuns: 1000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it.each([
    "",
    " ",
    "nul",
    "nulll",
    "01",
    "-",
    "-0",
    "1.",
    ".5",
    "1e",
    "1e+",
    "1E-2",
    "+1",
    "0x1",
    "NaN",
    "[1,]",
    "[,]",
    "[1 2]",
    '{"a":1,}',
    '{"a"}',
    "{a:1}",
    "{1:1}",
    '"\t"',
    '"\\x"',
    '"\\u12g4"',
    '"\\ud800"',
    '"\\u12',
    '"',
    "'a'",
    "[}",
    "// a\n1",
    "1 1",
    "\u00a01",
  ])("of %j", (text) => {
    expect(isTaken(text)).toBe(isJson(text));
  });
});

it("says where it stopped", () => {
  const stop = (text: string): number => {
    try {
      checkText(new Uint8Array(Buffer.from(text)), 64);
    } catch (error) {
      return (error as OtlpError).offset;
    }
    return -1;
  };
  expect(stop('{"a":tru}')).toBe(5);
  expect(stop('["é"x]')).toBe(5);
  expect(stop('{"a":"b')).toBe(7);
});

it("refuses bytes that are not UTF-8, and a byte order mark", () => {
  expect(() => checkText(Uint8Array.of(0x22, 0xff, 0x22), 64)).toThrow("not UTF-8");
  expect(isTaken("\ufeff1")).toBe(false);
});

it("counts brackets inside one another", () => {
  expect(isTaken("[".repeat(64) + "]".repeat(64))).toBe(true);
  expect(() => checkText(new Uint8Array(Buffer.from("[".repeat(65))), 64)).toThrow("too deep");
});

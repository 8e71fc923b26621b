import fc from "fast-check";
import { expect, it } from "vitest";
import { readLines } from "./read-lines.ts";

function read(pieces: readonly Uint8Array[]): unknown[] {
  const objects: unknown[] = [];
  const lines = readLines((object) => objects.push(object));
  for (const piece of pieces) lines.push(piece);
  lines.finish();
  return objects;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it("reads the same objects wherever the bytes are cut", () => {
  const text =
    ': hello\r\nevent: x\r\ndata: {"a":"é"}\r\n\r\ndata:{"b":2}\n\n{"c":[3]}\ndata: [DONE]\n\ndata: {"d":4}';
  const all = bytes(text);
  fc.assert(
    fc.property(fc.array(fc.nat(all.length), { maxLength: 8 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), all.length];
      const pieces = at.slice(1).map((end, i) => all.subarray(at[i], end));
      expect(read(pieces)).toEqual([{ a: "é" }, { b: 2 }, { c: [3] }, { d: 4 }]);
    }),
  );
});

it("skips what is no JSON", () => {
  expect(read([bytes('data: {"a":\n\ndata: {"b":1}\n')])).toEqual([{ b: 1 }]);
});

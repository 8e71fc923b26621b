import { expect, it } from "vitest";
import { createAttributeMerger } from "./merge-attributes.ts";

it("keeps what is there, in its order, and lets what is added stand for it", () => {
  const merge = createAttributeMerger();
  const attributes = { b: 1, a: ["x"] };
  const added = [
    { key: "a", value: 2.5 },
    { key: "c", value: 3n },
    { key: "d", value: ["y"] },
  ];
  for (let i = 0; i < 3; i++) {
    const merged = merge(attributes, added);
    expect(Object.entries(merged)).toEqual([
      ["b", 1],
      ["a", 2.5],
      ["c", 3],
      ["d", ["y"]],
    ]);
  }
  expect(attributes).toEqual({ b: 1, a: ["x"] });
});

it("keeps spans of more kinds apart than it has templates for", () => {
  const merge = createAttributeMerger();
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 40; i++) {
      expect(merge({ [`k${i}`]: i }, [{ key: "x", value: i + 0.5 }])).toEqual({
        [`k${i}`]: i,
        x: i + 0.5,
      });
    }
  }
});

import { expect, it } from "vitest";
import { makeSpan } from "./span.test.maker.ts";
import { ancestorsOf, growTree, lineageOf } from "./span-tree.ts";

const span = (id: string, parent: string, endMs = 10) =>
  makeSpan({ id, parent, name: id, ms: [0, endMs] });

it("knows the seen ancestors, and the first one that was not seen by id", () => {
  const leaf = span("c", "b");
  const tree = growTree([leaf, span("a", "unseen"), span("b", "a")]);
  expect(ancestorsOf(tree, leaf).map(({ spanId }) => spanId)).toEqual(["b", "a"]);
  expect([...lineageOf(tree, "c")]).toEqual(["c", "b", "a", "unseen"]);
});

it("keeps of a repeated id the version that says more, in any order", () => {
  const versions = [span("a", "", 10), span("a", "", 20)];
  for (const order of [versions, [...versions].reverse()]) {
    expect(growTree(order).spans).toEqual([versions[1]]);
  }
});

it("ends on spans that are their own ancestors", () => {
  const [a, b, c] = [span("a", "b"), span("b", "a"), span("c", "a")];
  const tree = growTree([a, b, c]);
  expect(ancestorsOf(tree, a).map(({ spanId }) => spanId)).toEqual(["b"]);
  expect(ancestorsOf(tree, c).length).toBeLessThanOrEqual(32);
  expect([...lineageOf(tree, "c")]).toEqual(["c", "a", "b"]);
});

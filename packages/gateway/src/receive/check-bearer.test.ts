import { expect, it } from "vitest";
import { createBearerCheck } from "./check-bearer.ts";

it("lets everyone in where there are no tokens", () => {
  expect(createBearerCheck()(undefined)).toBe(true);
  expect(createBearerCheck([])("Basic abc")).toBe(true);
});

it.each([
  ["Bearer one", true],
  ["bearer  two ", true],
  ["Bearer on", false],
  ["Bearer onee", false],
  ["Bearer", false],
  ["Basic one", false],
  ["one", false],
  ["Bearer one two", false],
  ["", false],
  [undefined, false],
])("%s: %s", (header, isLetIn) => {
  expect(createBearerCheck(["one", "two"])(header)).toBe(isLetIn);
});

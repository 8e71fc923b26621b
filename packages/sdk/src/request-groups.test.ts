import { expect, it } from "vitest";
import { createGroups } from "./request-groups.ts";

it("keeps requests of two traces apart that have one id, in whatever order they end", () => {
  const groups = createGroups();
  const first = groups.add("trace 1", "span", true);
  const second = groups.add("trace 2", "span", false);
  expect(groups.find("trace 1", "span")).toBe(first);
  expect(groups.find("trace 2", "span")).toBe(second);
  expect(groups.find("trace 3", "span")).toBeUndefined();
  groups.delete(first);
  expect(groups.find("trace 1", "span")).toBeUndefined();
  expect(groups.find("trace 2", "span")).toBe(second);
  const third = groups.add("trace 3", "span", false);
  groups.moveLast(second);
  expect([...groups.values()]).toEqual([third, second]);
  groups.delete(second);
  groups.delete(third);
  expect(groups.size).toBe(0);
  expect(groups.find("trace 2", "span")).toBeUndefined();
});

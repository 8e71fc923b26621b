import { expect, it } from "vitest";
import type { NodeOptions, WorkerRow } from "../pipeline-options.ts";
import { placementProblems } from "./placement-problems.ts";

const node = (
  name: string,
  ids: readonly string[],
  aliases: readonly string[] = [],
): NodeOptions => ({
  name,
  aliases,
  devices: ids.map((id) => ({ id })),
});
const row = (parts: Partial<WorkerRow> & { readonly node: string }): WorkerRow => ({
  match: new Map([["service.name", "w"]]),
  ...parts,
});

it("has nothing to say of a sound configuration", () => {
  const nodes = [node("a", ["0", "1"], ["a.internal"]), node("b", ["0"])];
  const rows = [
    row({ node: "a.internal", devices: ["1"], fromUnixNano: 1n, toUnixNano: 2n }),
    row({ node: "b" }),
  ];
  expect(placementProblems(nodes, rows)).toEqual([]);
});

it("names every problem", () => {
  const nodes = [node("a", ["0", "0"], ["a"]), node("b", [], ["a"])];
  const rows = [
    row({ node: "nowhere", devices: ["0"] }),
    row({ node: "a", devices: ["0", "7", "7"] }),
    row({ node: "a", devices: [] }),
    row({ node: "b" }),
    row({ node: "a", fromUnixNano: 2n, toUnixNano: 2n }),
  ];
  expect(placementProblems(nodes, rows)).toEqual([
    "node a: the name a is given twice.",
    "node a: device 0 is listed twice.",
    "node b: the name a is node a's too.",
    "worker row 1: there is no node nowhere.",
    "worker row 2: node a has no device 7.",
    "worker row 2: device 7 is listed twice.",
    "worker row 3: its list of devices is empty.",
    "worker row 4: node b has no devices.",
    "worker row 5: it ends before it begins.",
  ]);
});

import { expect, it } from "vitest";
import type { MeterReading } from "./meter-reading.ts";
import { splitBoards } from "./split-board.ts";

const at = { epoch: 1, ns: 2 };
const reading = (device: string, value: number): MeterReading => ({
  device,
  kind: "counter",
  value,
  at,
});

it("gives a board's reading to its parts, and the others as they are", () => {
  const parts = new Map([
    [
      "n/board",
      [
        { key: "n/a", share: 0.25 },
        { key: "n/b", share: 0.75 },
      ],
    ],
    ["n/other", [{ key: "n/c", share: 1 }]],
  ]);
  const given = [reading("n/board", 100), reading("n/gpu", 7), reading("n/other", 8)];
  const split = splitBoards(given, parts);
  expect(split).toEqual([
    reading("n/a", 25),
    reading("n/b", 75),
    reading("n/gpu", 7),
    reading("n/c", 8),
  ]);
  expect(split.reduce((sum, { value }) => sum + value, 0)).toBe(115);
});

it("is nothing where no board has parts", () => {
  const given = [reading("n/gpu", 7)];
  expect(splitBoards(given, new Map())).toBe(given);
});

import { expect, it } from "vitest";
import { writeTable } from "./write-table.ts";

it("pads columns to their widest cell and escapes bars", () => {
  expect(writeTable(["a", "meaning"], [["x|y", "b"]])).toBe(
    ["| a    | meaning |", "| ---- | ------- |", "| x\\|y | b       |"].join("\n"),
  );
});

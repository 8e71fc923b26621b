import { describe, expect, it } from "vitest";
import { readYaml } from "./read-yaml.ts";

describe("readYaml", () => {
  it("reads maps, lists and scalars, and an empty file as an empty map", () => {
    expect(readYaml("a.yaml", "a: [1, 1.5, true, x]\nb: { c: null }")).toEqual({
      value: { a: [1, 1.5, true, "x"], b: { c: null } },
      problems: [],
    });
    expect(readYaml("a.yaml", "# nothing\n")).toEqual({ value: {}, problems: [] });
  });

  it("keeps an integer that a number cannot hold, and a time, as text", () => {
    expect(readYaml("a.yaml", "id: 17163090723381650420\nat: 2026-01-01T00:00:00Z").value).toEqual({
      id: "17163090723381650420",
      at: "2026-01-01T00:00:00Z",
    });
  });

  it("names line and column of every syntax error", () => {
    const { problems } = readYaml("a.yaml", "a: 1\na: 2\nb: [1\n");
    expect(problems.map(({ file }) => file)).toEqual(["a.yaml:2:1", "a.yaml:4:1"]);
    expect(problems[0]?.message).toContain("unique");
  });

  it("refuses a file that is no map, an unknown tag and an alias without anchor", () => {
    expect(readYaml("a.yaml", "- 1").problems).toEqual([
      { file: "a.yaml", path: "", message: "is not a map of settings" },
    ]);
    expect(readYaml("a.yaml", "a: !secret x").problems[0]?.file).toBe("a.yaml:1:4");
    expect(readYaml("a.yaml", "a: *nowhere").problems).toHaveLength(1);
  });
});

import { describe, expect, it } from "vitest";
import { mergeLayers } from "./merge-layers.ts";

describe("mergeLayers", () => {
  const merged = mergeLayers([
    {
      file: "a",
      value: { join: { hold: "5m", keep: "70m" }, nodes: [{ name: "x", zone: "FR" }], log: {} },
    },
    { file: "b", value: { join: { hold: "1m" }, nodes: [{ name: "y" }] } },
  ]);

  it("lays maps over each other deeply and replaces lists", () => {
    expect(merged.value).toEqual({
      join: { hold: "1m", keep: "70m" },
      nodes: [{ name: "y" }],
      log: {},
    });
  });

  it("knows which file decided a setting, and whose a missing one would be", () => {
    expect(merged.fileOf("join.hold")).toBe("b");
    expect(merged.fileOf("join.keep")).toBe("a");
    expect(merged.fileOf("nodes[0].name")).toBe("b");
    expect(merged.fileOf("nodes[0].zone")).toBe("b");
    expect(merged.fileOf("log.level")).toBe("a");
    expect(merged.fileOf('grid["a.b"]')).toBeUndefined();
  });

  it("replaces a map by a scalar and back", () => {
    const layers = ["x", { y: 1 }, 2].map((grid, index) => ({
      file: String(index),
      value: { grid },
    }));
    expect(mergeLayers(layers.slice(0, 2)).value).toEqual({ grid: { y: 1 } });
    expect(mergeLayers(layers).value).toEqual({ grid: 2 });
    expect(mergeLayers(layers).fileOf("grid.y")).toBe("2");
  });

  it("takes a key called __proto__ for a key", () => {
    const value = JSON.parse('{"__proto__":{"polluted":1}}');
    const result = mergeLayers([
      { file: "a", value },
      { file: "b", value },
    ]).value as object;
    expect(Object.keys(result)).toEqual(["__proto__"]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it("is an empty map without files", () => {
    expect(mergeLayers([]).value).toEqual({});
  });
});

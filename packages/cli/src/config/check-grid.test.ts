import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { gridWarnings, UNVERIFIED_PROVIDERS } from "./check-grid.ts";
import { fileConfig } from "./config.ts";

const paths = (grid: object): readonly string[] =>
  gridWarnings(fileConfig.parse({ grid })).map(
    ({ path, message }) => `${path}: ${message.split(" ")[0]}`,
  );

it("says which providers are unverified, wherever they stand", () => {
  expect(paths({ source: "watttime" })).toEqual(["grid.source: watttime"]);
  expect(paths({ source: "electricity_maps", fallback: ["entso_e", "static"] })).toEqual([
    "grid.fallback: entso_e",
  ]);
  expect(paths({ source: "neso", fallback: ["eia"] })).toEqual([
    "grid.source: neso",
    "grid.fallback: eia",
  ]);
});

it("says nothing of the others", () => {
  expect(paths({})).toEqual([]);
  expect(paths({ source: "electricity_maps" })).toEqual([]);
});

it("says the same as the manual", () => {
  const manual = readFileSync(new URL("../../../../docs/grid.md", import.meta.url), "utf8");
  const rows = [...manual.matchAll(/^\| `(\w+)`.*\| (recorded|unverified|own) +\|$/gm)];
  expect(rows).toHaveLength(8);
  for (const [, name = "", state] of rows) {
    expect([name, state === "unverified"]).toEqual([name, UNVERIFIED_PROVIDERS.has(name)]);
  }
});

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { embodiedGrams, withServer } from "@wattspan/footprint";
import { describe, expect, it } from "vitest";
import { deviceModels } from "./device-model.ts";
import { embodiedFiguresOf, embodiedOf, SERVER_EMBODIED } from "./embodied.ts";

describe("embodiedOf", () => {
  it("ranges over the figures that were found", () => {
    expect(embodiedOf("H100-SXM")).toEqual({ lower: 164, central: 273, upper: 575.1 });
    expect(embodiedOf("B200")).toEqual({
      lower: 284.25,
      central: Math.sqrt(284.25 * 1415),
      upper: 1415,
    });
  });

  it("takes a model's figure alone for an upper bound", () => {
    const range = embodiedOf("MI300X");
    expect(range?.upper).toBe(1497);
    expect((range?.upper ?? 0) / (range?.lower ?? 0)).toBeCloseTo(3.507, 3);
  });

  it("knows nothing of what has no figure", () => {
    expect(embodiedOf("RTX-4090")).toBeUndefined();
    expect(embodiedOf("constructor")).toBeUndefined();
  });

  it("makes an H100 with its part of the server a few milligrams a second", () => {
    const h100 = embodiedOf("H100-SXM");
    if (h100 === undefined) throw new Error("no figure");
    const embodiedKg = withServer(h100, SERVER_EMBODIED, SERVER_EMBODIED.devices);
    const { lower, central, upper } = embodiedGrams([{ embodiedKg, seconds: 1, share: 1 }]);
    expect(lower).toBeCloseTo((164 + 3072.2 / 8) / 6 / 31_557.6, 9);
    expect(central).toBeCloseTo((273 + 5699.2 / 8) / 4 / 31_557.6, 9);
    expect(upper).toBeCloseTo((575.1 + 12_199.2 / 8) / 3 / 31_557.6, 9);
  });
});

const table = fileURLToPath(
  new URL("../../../../../shared/data/carbon/own/embodied_accelerators.csv", import.meta.url),
);

it.skipIf(!existsSync(table))(
  `has figures of the reference table only${existsSync(table) ? "" : " (skipped: it is not beside the project)"}`,
  () => {
    const known = new Set(
      [...readFileSync(table, "utf8").matchAll(/^[^,]+,([\d.]+),/gm)].map(([, kg]) => Number(kg)),
    );
    const figures = deviceModels.flatMap(({ name }) => embodiedFiguresOf(name));
    expect(figures.length).toBe(13);
    for (const { kg, source } of figures) {
      expect([source, kg, known.has(kg)]).toEqual([source, kg, true]);
    }
  },
);

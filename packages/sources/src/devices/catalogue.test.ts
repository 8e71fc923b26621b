import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  deviceModel,
  deviceModelsNear,
  maxTokensPerSecondOf,
  rooflineTokenPriceOf,
} from "./catalogue.ts";
import { deviceModels } from "./device-model.ts";

describe("deviceModel", () => {
  it.each([
    ["H100-SXM", "H100-SXM"],
    ["h100_sxm", "H100-SXM"],
    ["NVIDIA H100 80GB HBM3", "H100-SXM"],
    ["NVIDIA H100 PCIe", "H100-PCIe"],
    ["NVIDIA H200", "H200"],
    ["NVIDIA A100-SXM4-80GB", "A100-SXM"],
    ["NVIDIA A100 80GB PCIe", "A100-PCIe"],
    ["NVIDIA B200", "B200"],
    ["NVIDIA L4", "L4"],
    ["Tesla T4", "T4"],
    ["NVIDIA GeForce RTX 3090", "RTX-3090"],
    ["rtx4090", "RTX-4090"],
    ["AMD Instinct MI300X OAM", "MI300X"],
    ["AMD Instinct MI250", "MI250"],
    ["NVIDIA GB200", "GB200"],
    ["Apple M2 Ultra", "M2-Ultra"],
  ])("knows %s", (name, expected) => {
    expect(deviceModel(name)?.name).toBe(expected);
  });

  it.each([
    "",
    "NVIDIA",
    "H100",
    "A100",
    "NVIDIA H100 NVL",
    "NVIDIA H200 NVL",
    "NVIDIA A10G",
    "NVIDIA L40",
    "NVIDIA GeForce RTX 3090 Ti",
    "NVIDIA GeForce RTX 4090 D",
    "NVIDIA GeForce RTX 4090 Laptop GPU",
    "NVIDIA A100-SXM4-40GB",
    "A100-PCIE-40GB",
    "AMD Instinct MI325X OAM",
    "AMD Instinct MI250X",
    "Apple M2",
  ])("does not take %j for a model it is not", (name) => {
    expect(deviceModel(name)).toBeUndefined();
  });

  it("gives idle and highest watts", () => {
    expect(deviceModel("H100-SXM")).toMatchObject({ idleWatts: 70, maxWatts: 700 });
    expect(deviceModel("A100-SXM")).toMatchObject({ idleWatts: 63, maxWatts: 400 });
    expect(deviceModel("L4")?.idleWatts).toBeUndefined();
  });
});

describe("the catalogue", () => {
  it("has a source, a licence and a year in every row, and no name twice", () => {
    for (const model of deviceModels) {
      expect(model.source).not.toBe("");
      expect(model.licence).not.toBe("");
      expect(model.year).toBeGreaterThan(2015);
      expect(model.maxWatts).toBeGreaterThan(model.idleWatts ?? 0);
      for (const name of [model.name, ...model.aliases]) expect(deviceModel(name)).toBe(model);
    }
    expect(new Set(deviceModels.map(({ name }) => name)).size).toBe(deviceModels.length);
  });
});

describe("maxTokensPerSecondOf", () => {
  it("is the peak rate over two operations for each of 10^8 parameters", () => {
    const t4 = deviceModels.find(({ name }) => name === "T4");
    expect(t4 && maxTokensPerSecondOf(t4)).toBeCloseTo(325_000, 6);
  });

  it("is not known without a peak rate", () => {
    const card = deviceModels.find(({ name }) => name === "RTX-2080-SUPER");
    expect(card && maxTokensPerSecondOf(card)).toBeUndefined();
  });
});

describe("rooflineTokenPriceOf", () => {
  it.each([
    // 65e12 operations and 320e9 bytes a second: one read of a weight's 2 bytes takes 203.125 times its 2 operations.
    ["T4", 1, 203.125],
    ["T4", 32, 203.125 / 32],
    ["H100-SXM", 32, 989.4e12 / 3350e9 / 32],
    // A step of so many tokens is bound by operations, as a prefill is.
    ["T4", 204, 1],
  ])("a decode token on %s in a batch of %d costs %d prefill tokens", (name, batch, price) => {
    const model = deviceModels.find((one) => one.name === name);
    expect(model && rooflineTokenPriceOf(model, batch)).toBeCloseTo(price, 9);
  });

  it("is not known without both peak rates", () => {
    for (const unknown of ["RTX-2080-SUPER", "M1-Max"]) {
      const model = deviceModels.find(({ name }) => name === unknown);
      expect(model).toBeDefined();
      expect(model && rooflineTokenPriceOf(model, 32)).toBeUndefined();
    }
  });
});

describe("deviceModelsNear", () => {
  it("names what an ambiguous name may mean, and what a mistyped one may", () => {
    expect(deviceModelsNear("H100")).toEqual(["H100-SXM", "H100-PCIe"]);
    expect(deviceModelsNear("NVIDIA H200 NVL")).toEqual(["H200"]);
    expect(deviceModelsNear("MI300")).toEqual(["MI300X", "MI250"]);
    expect(deviceModelsNear("abacus")).toEqual([]);
  });
});

const captures = fileURLToPath(
  new URL("../../../../../shared/data/nvidia-smi-captures", import.meta.url),
);

describe.skipIf(!existsSync(captures))(
  existsSync(captures)
    ? "against recorded devices"
    : "against recorded devices (skipped: its data folder is not beside the project)",
  () => {
    it("knows every device by its reported name, its power limit and, at rest, its draw", () => {
      const files = readdirSync(captures).filter((file) => file.endsWith(".csv"));
      expect(files.length).toBeGreaterThan(10);
      for (const file of files) {
        const [header = "", row = ""] = readFileSync(`${captures}/${file}`, "utf8").split("\n");
        const cells = row.split(", ");
        const cell = (name: string): string => cells[header.split(", ").indexOf(name)] ?? "";
        const model = deviceModel(cell("name"));
        expect(model?.maxWatts).toBe(Number.parseFloat(cell("enforced.power.limit [W]")));
        if (
          model?.idleWatts !== undefined &&
          file.endsWith("__idle.csv") &&
          !file.includes("mig")
        ) {
          expect(
            Math.abs(model.idleWatts - Number.parseFloat(cell("power.draw [W]"))),
          ).toBeLessThan(0.5);
        }
      }
    });
  },
);

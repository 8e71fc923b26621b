import type { EmbodiedKg } from "@wattspan/footprint";

/** A published figure of the emissions of making a device. */
export interface EmbodiedFigure {
  readonly kg: number;
  /** `vendor`: cradle to gate of a maker; `constant`: of a tool; `model`: from areas of dies and memory. */
  readonly kind: "vendor" | "constant" | "model";
  readonly source: string;
}

const pcf = (board: string): string =>
  `NVIDIA ${board} product carbon footprint, an eighth of the baseboard, read second-hand`;
const model = (kg: number): EmbodiedFigure => ({
  kg,
  kind: "model",
  source: "output of BoaviztAPI 2.5.0",
});

/** Figures by model of the catalogue. */
const FIGURES: Readonly<Record<string, readonly EmbodiedFigure[]>> = {
  "H100-SXM": [
    { kg: 164, kind: "vendor", source: pcf("HGX H100") },
    { kg: 273, kind: "constant", source: "EcoLogits 0.11.3" },
    model(575.1),
  ],
  H200: [model(1067)],
  B200: [{ kg: 284.25, kind: "vendor", source: pcf("HGX B200") }, model(1415)],
  "A100-SXM": [model(567.7)],
  "A100-PCIe": [model(569.4)],
  MI300X: [model(1497)],
  L40S: [model(277.1)],
  A10: [model(184.1)],
  L4: [model(123.5)],
  T4: [model(130.7)],
};

/** How far figures for the same device lie apart: 575.1 kg by the model and 164 kg by the maker of an H100. */
const METHODS_APART = 575.1 / 164;

/** A server for eight accelerators, without them: p5.48xlarge by BoaviztAPI 2.5.0 less eight of its H100. */
export const SERVER_EMBODIED: EmbodiedKg & { readonly devices: number } = {
  lower: 7673 - 8 * 575.1,
  central: 10_300 - 8 * 575.1,
  upper: 16_800 - 8 * 575.1,
  devices: 8,
};

/** The figures that were found for a model of the catalogue; empty where there are none. */
export function embodiedFiguresOf(modelName: string): readonly EmbodiedFigure[] {
  return Object.hasOwn(FIGURES, modelName) ? (FIGURES[modelName] ?? []) : [];
}

/**
 * The emissions of making a device, kg CO2e: from the least to the greatest figure found, the middle one between them (of two
 * their geometric mean). A model's figure alone is an upper bound: makers' figures are 3.5 times lower. Undefined where none
 * was found.
 */
export function embodiedOf(modelName: string): EmbodiedKg | undefined {
  const all = embodiedFiguresOf(modelName)
    .map(({ kg }) => kg)
    .sort((a, b) => a - b);
  const upper = all.at(-1);
  if (upper === undefined) return undefined;
  const lower = all.length > 1 ? (all[0] ?? upper) : upper / METHODS_APART;
  const middle = all.length > 2 ? all[(all.length - 1) >> 1] : undefined;
  return { lower, central: middle ?? Math.sqrt(lower * upper), upper };
}

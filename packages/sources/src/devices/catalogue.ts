import { nearestNames } from "../nearest-names.ts";
import { type DeviceModel, deviceModels } from "./device-model.ts";

/** Parameters that the smallest language model worth serving has active for a token. */
const fewestParameters = 1e8;

/** Words of a driver's name for a device that say nothing about its model. */
const idleWords = new Set(["nvidia", "amd", "instinct", "tesla", "geforce", "corporation", "gpu"]);

const byKey: ReadonlyMap<string, DeviceModel> = new Map(
  deviceModels.flatMap((model) =>
    [model.name, ...model.aliases].map((name): [string, DeviceModel] => [keyOf(name), model]),
  ),
);

/**
 * The model that a configured or reported name means, whatever its case, vendor words and separators. A name
 * that fits several models, such as `H100`, or a variant that is not listed, means none.
 */
export function deviceModel(name: string): DeviceModel | undefined {
  return byKey.get(keyOf(name));
}

/** Computed tokens per second that no phase on one such device can pass; undefined where the peak rate is not known. */
export function maxTokensPerSecondOf(model: DeviceModel): number | undefined {
  if (model.peakTeraflops === undefined) return undefined;
  return (model.peakTeraflops * 1e12) / (2 * fewestParameters);
}

/** Bytes of a weight at 16 bits, the width that peak rates are given for. */
const bytesPerParameter = 2;

/**
 * What a decode token costs on a device where a prefill token costs 1, by the roofline. A token takes 2N operations, a
 * decode step reads the 2N bytes of the weights once for its `batch` tokens, and the slower of the two counts, so N cancels:
 * max(1, peak operations / (batch x peak bytes)). Attention and the KV cache, which need the model's shape and the
 * context, are left out. Undefined where a peak rate is not known.
 */
export function rooflineTokenPriceOf(model: DeviceModel, batch: number): number | undefined {
  const { peakTeraflops, peakGigabytesPerSecond } = model;
  if (peakTeraflops === undefined || peakGigabytesPerSecond === undefined) return undefined;
  const computeSeconds = 2 / (peakTeraflops * 1e12);
  const readSeconds = bytesPerParameter / (batch * peakGigabytesPerSecond * 1e9);
  return Math.max(1, readSeconds / computeSeconds);
}

/** Names of models close to `name`, or that it may mean. */
export function deviceModelsNear(name: string): readonly string[] {
  const words = wordsOf(name);
  const names = deviceModels.map((model) => model.name);
  const partly = names.filter((known) => {
    const knownWords = wordsOf(known);
    return words.length > 0 && words[0] === knownWords[0];
  });
  return partly.length > 0 ? partly : nearestNames(words.join("-"), names);
}

function keyOf(name: string): string {
  return wordsOf(name).sort().join(" ");
}

function wordsOf(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && !idleWords.has(word));
}

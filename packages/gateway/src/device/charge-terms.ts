import type { ChargeTerms, WeightMethod } from "@wattspan/footprint";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { PlacedDevice } from "../trace/place-worker.ts";

const AS_CONFIGURED = {};

/**
 * How a phase on these devices is weighed. By `roofline` a decode token costs the mean of its devices' prices; where
 * one has none it costs as configured, and the figure says `priced`.
 */
export function chargeTermsOf(
  devices: readonly PlacedDevice[],
  { weights, decodeTokenPrice }: PipelineOptions["attribution"],
): { readonly terms: ChargeTerms; readonly deviation: { readonly weights?: WeightMethod } } {
  if (weights !== "roofline") {
    return { terms: { weights, decodeTokenPrice }, deviation: AS_CONFIGURED };
  }
  const price = devices.reduce(
    (sum, { rooflineTokenPrice = Number.NaN, share = 1 / devices.length }) =>
      sum + share * rooflineTokenPrice,
    0,
  );
  return price > 0
    ? { terms: { weights: "priced", decodeTokenPrice: price }, deviation: AS_CONFIGURED }
    : { terms: { weights: "priced", decodeTokenPrice }, deviation: { weights: "priced" } };
}

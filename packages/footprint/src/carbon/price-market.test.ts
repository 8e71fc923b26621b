import { expect, it } from "vitest";
import { priceMarket } from "./price-market.ts";

it.each([
  // 1 kWh at PUE 1.5 and 12 g/kWh.
  { market: { gramsPerKwh: 12, instrument: "PPA" }, end: 9n, grams: 18 },
  { market: { gramsPerKwh: 12, instrument: "PPA", validToUnixNano: 9n }, end: 9n, grams: 18 },
  {
    market: { gramsPerKwh: 12, instrument: "PPA", validToUnixNano: 9n },
    end: 10n,
    grams: undefined,
  },
  // A claim of nothing is a figure; the end of a contract is none.
  { market: { gramsPerKwh: 0, instrument: "REC" }, end: 9n, grams: 0 },
])("prices what a contract covers: $market until $end", ({ market, end, grams }) => {
  expect(priceMarket(3.6e6, 1.5, market, end)).toBe(grams);
});

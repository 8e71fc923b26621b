import { describe, expect, it } from "vitest";
import { chargePhase, implausibilityOf, type PhaseWork } from "./charge-phase.ts";
import { readMarkedPhase } from "./marked-phase.ts";

const work = (processedTokens?: number): PhaseWork => ({
  id: "0000000000000001",
  phase: "decode",
  startUnixNano: 0n,
  endUnixNano: 2_000_000_000n,
  ...(processedTokens === undefined ? {} : { processedTokens }),
  includesQueueing: false,
});
const terms = { weights: "priced", decodeTokenPrice: 8 } as const;

describe("chargePhase", () => {
  it("adds the shares of a device that is listed twice", () => {
    const devices = ["n/A", "n/B", "n/A", "n/C"].map((device) => ({ device, share: 0.25 }));
    expect(chargePhase(work(10), devices, terms)).toMatchObject({
      weight: 80,
      devices: [
        { device: "n/A", share: 0.5 },
        { device: "n/B", share: 0.25 },
        { device: "n/C", share: 0.25 },
      ],
    });
  });
});

describe("implausibilityOf", () => {
  it.each([
    [undefined, [1], undefined],
    [10, [2, 3], undefined],
    [11, [2, 3], "implausible_rate"],
    [11, [2, undefined], undefined],
    [Number.NaN, [undefined], "implausible_tokens"],
  ])("of %s tokens in 2 s at %j a second is %s", (tokens, rates, reason) => {
    expect(implausibilityOf(work(tokens), rates)).toBe(reason);
  });
});

it("reads a number of tokens that cannot be as that, not as unknown", () => {
  const tokensOf = (value: unknown): number | undefined =>
    readMarkedPhase((key) => (key === "footprint.inference.phase" ? "decode" : value), [])
      ?.processedTokens;
  expect(tokensOf(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
  for (const value of [2n ** 53n, 1e300, "9007199254740992"]) expect(tokensOf(value)).toBeNaN();
  for (const value of [-1, 1.5, "many", true, undefined]) expect(tokensOf(value)).toBeUndefined();
});

import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { judgeSampling, MOST_BIAS, SAMPLING_GOALS } from "./judge-sampling.ts";
import { makeTraffic } from "./sampled-traffic.ts";

/** Every tenth request is seen. */
const PARTS = 10;
const BEND = 9000;

/** Requests at once of which a test has the time. */
const MOST_REQUESTS = 20;

describe.each(SAMPLING_GOALS.filter(([concurrency]) => concurrency <= MOST_REQUESTS))(
  "%d requests at once, one in ten of them seen",
  (concurrency, byCount, byPrice) => {
    const random = createRandom(concurrency);
    const traffic = makeTraffic({ concurrency, seconds: 9000 / concurrency, bend: BEND }, random);

    it.each([
      ["engine counters every 5 s", { meterSeconds: 1, countSeconds: 5 }, byCount],
      ["engine counters every 15 s", { meterSeconds: 1, countSeconds: 15 }, byCount],
      [
        "counters, of unknown probability",
        { meterSeconds: 1, countSeconds: 5, isUntold: true },
        byCount,
      ],
      ["counters too seldom to tell the load", { meterSeconds: 1, countSeconds: 60 }, byPrice],
      ["one price a window", { meterSeconds: 1 }, byPrice],
    ] as const)("gives the seen ones their joules by %s", (_, method, mostRms) => {
      const verdict = judgeSampling(traffic, PARTS, method, random);
      expect(traffic.requests).toBeGreaterThan(1000);
      expect(Math.abs(verdict.bias)).toBeLessThan(MOST_BIAS);
      expect(verdict.rms).toBeLessThan(mostRms);
      expect(verdict.lost).toBeLessThan(1e-9);
      // Nine tenths stand as unsampled, and the bias is that of the rest: nothing was made up.
      expect(verdict.unsampled).toBeCloseTo(0.9, 1);
    });
  },
);

it("is off by far where it is not told that traces are sampled", () => {
  const random = createRandom(1);
  const traffic = makeTraffic({ concurrency: 5, seconds: 1000, bend: BEND }, random);
  const { bias } = judgeSampling(traffic, PARTS, { meterSeconds: 1, isUntold: true }, random);
  expect(bias).toBeGreaterThan(1);
});

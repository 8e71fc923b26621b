import { createRandom } from "../random.ts";
import {
  judgeSampling,
  MOST_BIAS,
  SAMPLING_GOALS,
  type SamplingMethod,
} from "../truth/judge-sampling.ts";
import { makeTraffic } from "../truth/sampled-traffic.ts";

// What sampling at 10 % costs in accuracy, against a truth that knows every request: the bias of all figures together and
// the root mean square of a request's relative error, beside the goals. Every request is seen once in ten runs.
const PARTS = 10;
/** Loads, in weights per second, at which power bends: 64 requests make some 31,000. */
const BENDS = [
  ["power nearly proportional to load", 30_000],
  ["power soon at its limit", 9000],
] as const;
const METHODS: readonly (readonly [name: string, method: SamplingMethod])[] = [
  ["counters every 1 s", { meterSeconds: 1, countSeconds: 1 }],
  ["counters every 5 s", { meterSeconds: 1, countSeconds: 5 }],
  ["counters every 15 s", { meterSeconds: 1, countSeconds: 15 }],
  ["  every 60 s: by price", { meterSeconds: 1, countSeconds: 60 }],
  ["  5 s, meter every 30 s", { meterSeconds: 30, countSeconds: 5 }],
  ["one price a window", { meterSeconds: 1 }],
  ["  meter every 30 s", { meterSeconds: 30 }],
  ["not told that it is sampled", { meterSeconds: 1, isUntold: true }],
];
const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`;

for (const [title, bend] of BENDS) {
  for (const [concurrency, byCount, byPrice] of SAMPLING_GOALS) {
    const random = createRandom(7);
    const seconds = Math.max(1800, 12_000 / concurrency);
    const traffic = makeTraffic({ concurrency, seconds, bend }, random);
    process.stdout.write(
      `\n${title}, ${concurrency} at once, ${traffic.requests} requests, ${seconds / 60} min\n`,
    );
    process.stdout.write(
      `${"".padEnd(30)}${["bias", "goal", "rms", "goal", "unsampled"].map((one) => one.padStart(12)).join("")}\n`,
    );
    for (const [name, method] of METHODS) {
      const { bias, rms, unsampled } = judgeSampling(traffic, PARTS, method, random);
      const isPriced = method.countSeconds === undefined || method.countSeconds > 30;
      const goal = isPriced ? byPrice : byCount;
      const goals = method.isUntold === true ? ["", ""] : [percent(MOST_BIAS), percent(goal)];
      const cells = [percent(bias), goals[0], percent(rms), goals[1], percent(unsampled)];
      process.stdout.write(
        `${name.padEnd(30)}${cells.map((cell = "") => cell.padStart(12)).join("")}\n`,
      );
    }
  }
}

import type { Arrival } from "./simulate-serving.ts";

/** Poisson arrivals with log-normal lengths, as production traces have them. */
export function randomArrivals(count: number, perSecond: number, random: () => number): Arrival[] {
  let atSeconds = 0;
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, () => {
    atSeconds -= Math.log(1 - random()) / perSecond;
    const promptTokens = Math.round(Math.min(14_000, Math.max(8, 900 * Math.exp(0.8 * normal()))));
    const outputTokens = Math.round(Math.min(1000, Math.max(1, 130 * Math.exp(0.9 * normal()))));
    return { atSeconds, promptTokens, outputTokens };
  });
}

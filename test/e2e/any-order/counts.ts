import { type EngineCount, instantOf } from "@wattspan/footprint";
import type { Random } from "./random.ts";

/** An engine that counts its work, and how often it is asked, ms. */
const engines = [
  { source: "vllm", worker: { "service.name": "vllm" }, everyMs: 5000 },
  { source: "decode", worker: { "service.name": "dynamo-decode-1" }, everyMs: 15_000 },
  { source: "decode too", worker: { "service.name": "dynamo-decode-1" }, everyMs: 7000 },
] as const;

/** Counts of engines over `[fromNs, toNs]`: more than spans show, with restarts, gaps, repeats and doubles. */
export function makeCounts(random: Random, fromNs: bigint, toNs: bigint): EngineCount[] {
  return engines.flatMap(({ source, worker, everyMs }) => {
    const counts: EngineCount[] = [];
    let prefillTokens = random.below(1_000_000);
    let decodeTokens = random.below(1_000_000);
    let skip = 0;
    for (let atNs = fromNs; atNs <= toNs; atNs += BigInt(everyMs) * 1_000_000n) {
      prefillTokens += random.below(everyMs * 2);
      decodeTokens += random.below(everyMs);
      if (random.chance(0.01)) prefillTokens = decodeTokens = 0;
      if (random.chance(0.01)) skip = Math.ceil(random.between(5, 260) / (everyMs / 1000));
      if (skip-- > 0) continue;
      const count = {
        source,
        at: instantOf(atNs + BigInt(random.below(everyMs * 100_000))),
        model: "llama",
        prefillTokens,
        decodeTokens,
        running: random.below(9),
        worker: new Map(Object.entries(worker)),
      };
      counts.push(count);
      if (random.chance(0.03)) counts.push(count);
      if (random.chance(0.02)) counts.push({ ...count, decodeTokens: decodeTokens + 5 });
    }
    return counts;
  });
}

import { createPipeline, type PipelineOptions, type Summary } from "@wattspan/gateway";
import { type OutputWatch, watchOutput } from "../watch-output.ts";
import type { Random } from "./random.ts";
import type { Step } from "./scene.ts";

const TICK_MS = 60_000;

/** How steps are delayed: all but `late` of them by seconds, those by up to `longestMs`. */
const manners = [
  { late: 0, longestMs: 0 },
  { late: 0.2, longestMs: 30_000 },
  { late: 0.3, longestMs: 600_000 },
  { late: 0.5, longestMs: 3_000_000 },
  { late: 1, longestMs: 3_000_000 },
] as const;

/** Steps in the order in which they arrive, each at its own moment, ms. */
export function delaySteps(steps: readonly Step[], random: Random): readonly Step[] {
  const { late, longestMs } = manners[random.below(manners.length)] ?? manners[0];
  return random
    .shuffled(steps)
    .map(({ atMs, play }) => {
      const delayMs = random.chance(late) ? random.below(longestMs + 1) : random.below(5000);
      return { atMs: atMs + delayMs, play };
    })
    .sort((a, b) => a.atMs - b.atMs);
}

/** Plays steps through a pipeline in virtual time; gives what it sums up at the end, and what it sent. */
export function play(
  options: PipelineOptions,
  steps: readonly Step[],
): { readonly summary: Summary; readonly output: OutputWatch } {
  let nowMs = steps[0]?.atMs ?? 0;
  let tickedMs = nowMs;
  const output = watchOutput(() => nowMs);
  const pipeline = createPipeline(options, output.emit, () => nowMs);
  for (const step of steps) {
    nowMs = step.atMs;
    for (; nowMs - tickedMs >= TICK_MS; tickedMs += TICK_MS) pipeline.tick(tickedMs);
    step.play(pipeline);
  }
  pipeline.finish(nowMs);
  return { summary: pipeline.summary(), output };
}

/** A summary's final figures as text: everything but how often it was corrected on the way. */
export function finalFigures(summary: Summary): string {
  return JSON.stringify({ ...summary, restatements: [] });
}

import { disagreementOf, type SeenFractions } from "./device/sampling.ts";
import type { Log } from "./log.ts";
import type { Telemetry } from "./telemetry.ts";

/** Seldom enough to cost nothing, since every device is summed up for it, ms. */
const LOOK_EVERY_MS = 60_000;

/**
 * Shows at `/metrics` which part of the work is seen, by counters, trace states and configuration, and says once when
 * they disagree: then traces are lost on the way, or the configured probability is not the real one. To be called
 * now and then.
 */
export function createSamplingWatch(
  telemetry: Pick<Telemetry, "observeValues">,
  log: Log,
  fractionsOf: () => SeenFractions,
): (nowMs: number) => void {
  telemetry.observeValues(
    "wattspan_seen_fraction",
    "Part of the work whose traces are seen, by what tells of it.",
    ["from"],
    () => Object.entries(fractionsOf()).map(([from, fraction]) => [{ from }, fraction]),
  );
  let lookedMs = Number.NEGATIVE_INFINITY;
  let hasWarned = false;
  return (nowMs) => {
    if (hasWarned || nowMs - lookedMs < LOOK_EVERY_MS) return;
    lookedMs = nowMs;
    const fractions = fractionsOf();
    const disagreement = disagreementOf(fractions);
    if (disagreement === undefined) return;
    hasWarned = true;
    const [less, more] = disagreement;
    log.warn("which part of the work is seen is told differently", {
      about: "sampling.probability",
      [less]: fractions[less],
      [more]: fractions[more],
    });
  };
}

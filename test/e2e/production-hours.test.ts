import { describe, expect, it } from "vitest";
import { productionTraces } from "../bench/production-hours/arrivals.ts";
import { hourOptions, playHour } from "../bench/production-hours/play-hour.ts";
import { expectTold } from "./expect-told.ts";

const MINUTES = 8;
const TIMEOUT_MS = 300_000;

describe.each(productionTraces)("$name, its first minutes", ({ isThere, read }) => {
  const title = isThere ? "" : " (skipped: the data folder is not beside the project)";

  it.skipIf(!isThere)(
    `corrects less than 5 % of phases, and accounts for every joule once${title}`,
    () => {
      const arrivals = read().filter(({ atMs }) => atMs < MINUTES * 60_000);
      const { output, summary } = playHour(arrivals);
      expect(summary.requests).toHaveLength(arrivals.length);
      const decodes = arrivals.filter(({ outputTokens }) => outputTokens > 1).length;
      expect(output.phases.size).toBe(arrivals.length + decodes);

      const phases = [...output.phases.values()];
      const restated = phases.filter(({ correctionJoules }) => correctionJoules !== 0);
      expect(restated.length / phases.length).toBeLessThan(0.05);
      expectTold(output, summary, hourOptions.nodes);

      for (const device of summary.devices) {
        const parts = device.attributedJoules + device.idleJoules + device.unattributedJoules;
        expect(Math.abs(device.meteredJoules - parts)).toBeLessThan(1e-9 * device.meteredJoules);
      }
      const charged = summary.requests
        .flatMap((request) => request.phases)
        .reduce((sum, phase) => sum + (phase.energyJoules ?? 0), 0);
      const { attributedJoules } = summary.totals;
      expect(Math.abs(charged - attributedJoules)).toBeLessThan(1e-9 * attributedJoules);
      expect(attributedJoules).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});

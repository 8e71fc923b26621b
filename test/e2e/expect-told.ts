import type { Summary } from "@wattspan/gateway";
import { expect } from "vitest";
import type { OutputWatch } from "./watch-output.ts";

/** What is not worth a correction: 1 mJ or 0.1 %, whichever is more. */
const toleranceOf = (joules: number): number => 1.0001e-3 * Math.max(1, Math.abs(joules));

/** Every figure that a backend has, with its corrections, is the final one. */
export function expectTold({ phases }: OutputWatch, summary: Summary): void {
  for (const { traceId, phases: own } of summary.requests) {
    for (const { spanId, phase, energyJoules } of own) {
      if (phase === "kv_transfer") continue;
      const seen = phases.get(`${traceId} ${spanId}`);
      const told = (seen?.leftJoules ?? 0) + (seen?.correctionJoules ?? 0);
      const final = energyJoules ?? 0;
      if (Math.abs(told - final) <= toleranceOf(final)) continue;
      expect.fail(
        `${traceId} ${spanId}: ${seen?.leftJoules} J left, corrected by ${seen?.correctionJoules} J, final are ${final} J`,
      );
    }
  }
}

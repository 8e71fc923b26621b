import type { NodeOptions, RequestSummary, Summary } from "@wattspan/gateway";
import { expect } from "vitest";
import type { OutputWatch } from "./watch-output.ts";

/** What is not worth a correction: 1 mJ or 0.1 %, whichever is more. */
const isTold = (toldJoules: number, finalJoules: number): boolean =>
  Math.abs(toldJoules - finalJoules) <= 1.01e-3 * Math.max(1, Math.abs(finalJoules));

/** Every figure of a phase or a request that a backend has, with its corrections, is the final one. */
export function expectTold(
  { phases, requestJoules }: OutputWatch,
  summary: Summary,
  nodes: readonly NodeOptions[],
): void {
  const pues = new Map(nodes.map(({ name, pue = 1 }) => [name, pue]));
  const totals = new Map<string, number>();
  for (const request of summary.requests) {
    const { traceId } = request;
    totals.set(traceId, (totals.get(traceId) ?? 0) + totalOf(request, pues));
    for (const { spanId, phase, energyJoules = 0 } of request.phases) {
      if (phase === "kv_transfer") continue;
      const seen = phases.get(`${traceId} ${spanId}`);
      const told = (seen?.leftJoules ?? 0) + (seen?.correctionJoules ?? 0);
      if (isTold(told, energyJoules)) continue;
      expect.fail(`${traceId} ${spanId}: told ${told} J, final are ${energyJoules} J`);
    }
  }
  for (const [traceId, joules] of totals) {
    const told = requestJoules.get(traceId) ?? 0;
    if (isTold(told, joules)) continue;
    expect.fail(`requests of ${traceId}: told ${told} J, final are ${joules} J`);
  }
}

/** A request's joules after PUE; 0 where there is no total. */
function totalOf(request: RequestSummary, pues: ReadonlyMap<string, number>): number {
  if (request.energyJoules === undefined) return 0;
  return request.phases.reduce(
    (sum, { node = "", energyJoules = 0 }) => sum + energyJoules * (pues.get(node) ?? 1),
    0,
  );
}

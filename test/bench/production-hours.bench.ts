import { performance } from "node:perf_hooks";
import { productionTraces } from "./production-hours/arrivals.ts";
import { playHour } from "./production-hours/play-hour.ts";

// Azure's and Mooncake's hours in virtual time, default settings: how many figures are corrected, how late they leave,
// how much is held. How requests are served is assumed: see production-hours/serve.ts.
const there = productionTraces.filter(({ isThere }) => isThere);
if (there.length === 0) {
  process.stdout.write(
    "skipped: the folder with the production traces is not beside the project\n",
  );
}

const spread = (times: readonly number[]): string => {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string => {
    const ms = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    return ms === undefined ? "-" : (ms / 1000).toFixed(1);
  };
  return `${at(0.5)} / ${at(0.99)} / ${at(1)}`;
};
const whole = (figure: number): string => figure.toLocaleString("en");
const kilojoules = (joules: number): string => (joules / 1000).toFixed(3);

for (const trace of there) {
  const began = performance.now();
  const { output, summary, ...most } = playHour(trace.read());
  const phases = [...output.phases.values()];
  const restated = phases.filter(({ correctionJoules }) => correctionJoules !== 0).length;
  const leftJoules = phases.reduce((sum, phase) => sum + (phase.leftJoules ?? 0), 0);
  const corrections = phases.reduce((sum, phase) => sum + phase.correctionJoules, 0);
  const rows: readonly (readonly [string, string])[] = [
    ["requests", whole(summary.requests.length)],
    ["phases", whole(phases.length)],
    ["restated", `${whole(restated)} (${((100 * restated) / phases.length).toFixed(2)} %)`],
    ["left after, s (p50 / p99 / max)", spread(output.leftMs)],
    ["corrected after, s", spread(output.correctedMs)],
    ["most spans held", whole(most.mostHeldSpans)],
    ["most bytes of spans held", whole(most.mostHeldBytes)],
    ["most bytes of the ledger", whole(most.mostLedgerBytes)],
    ["attributed, kJ", kilojoules(summary.totals.attributedJoules)],
    ["figures as they left, kJ", kilojoules(leftJoules)],
    ["figures with corrections, kJ", kilojoules(leftJoules + corrections)],
    ["played in, s", ((performance.now() - began) / 1000).toFixed(1)],
  ];
  process.stdout.write(`${trace.name}\n`);
  for (const [name, figure] of rows) process.stdout.write(`  ${name.padEnd(34)}${figure}\n`);
}

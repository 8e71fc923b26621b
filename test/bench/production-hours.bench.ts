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

const at = (sorted: readonly number[], share: number): string =>
  sorted.length === 0
    ? "-"
    : `${((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number) / 1000).toFixed(1)}`;
const spread = (sorted: readonly number[]): string =>
  [0.5, 0.99, 1].map((share) => at(sorted, share)).join(" / ");

for (const trace of there) {
  const began = performance.now();
  const hour = playHour(trace.read());
  const { totals } = hour.summary;
  const rows: readonly (readonly [string, string])[] = [
    ["requests", hour.requests.toLocaleString("en")],
    ["phases", hour.phases.toLocaleString("en")],
    [
      "restated",
      `${hour.restatedPhases.toLocaleString("en")} (${((100 * hour.restatedPhases) / hour.phases).toFixed(2)} %)`,
    ],
    ["left after, s (p50 / p99 / max)", spread(hour.leftMs)],
    ["corrected after, s", spread(hour.correctedMs)],
    ["most spans held", hour.mostHeldSpans.toLocaleString("en")],
    ["most bytes of spans held", hour.mostHeldBytes.toLocaleString("en")],
    ["most bytes of the ledger", hour.mostLedgerBytes.toLocaleString("en")],
    ["attributed, kJ", (totals.attributedJoules / 1000).toFixed(3)],
    ["figures as they left, kJ", (hour.leftJoules / 1000).toFixed(3)],
    ["figures with corrections, kJ", (hour.correctedJoules / 1000).toFixed(3)],
    ["played in, s", ((performance.now() - began) / 1000).toFixed(1)],
  ];
  process.stdout.write(`${trace.name}\n`);
  for (const [name, figure] of rows) process.stdout.write(`  ${name.padEnd(34)}${figure}\n`);
}

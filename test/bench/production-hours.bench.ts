import { createStaticIntensity } from "@wattspan/sources";
import { type Arrival, readAzure, readMooncake } from "../traffic/arrivals.ts";
import { fleetPipeline, singleWorkers } from "../traffic/fleet.ts";
import { playHour } from "../traffic/play-hour.ts";

// Azure's and Mooncake's production hours on eight simulated devices at default settings, in virtual time: how many
// figures were corrected after they left, how late figures leave, and what is held meanwhile.
const HOURS: readonly (readonly [string, () => readonly Arrival[] | undefined])[] = [
  ["azure code", () => readAzure("code")],
  ["azure conv", () => readAzure("conv")],
  ["mooncake", readMooncake],
];

const COLUMNS = [
  ["hour", 12],
  ["requests", 10],
  ["phases", 8],
  ["restated", 14],
  ["left after p50", 16],
  ["p99", 8],
  ["max", 8],
  ["corrected after", 17],
  ["spans held", 12],
  ["ledger MB", 11],
  ["heap MB", 9],
  ["wall s", 8],
] as const;

const line = (cells: readonly string[]): string =>
  `${cells.map((cell, i) => cell.padEnd(COLUMNS[i]?.[1] ?? 0)).join("")}\n`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

process.stdout.write(line(COLUMNS.map(([name]) => name)));
for (const [name, read] of HOURS) {
  const arrivals = read();
  if (arrivals === undefined) {
    process.stdout.write(`${name}: skipped, the trace is not beside the project\n`);
    continue;
  }
  const began = performance.now();
  const hour = playHour(
    arrivals,
    singleWorkers,
    fleetPipeline(singleWorkers, createStaticIntensity()),
  );
  const share = (hour.restated / hour.phases) * 100;
  process.stdout.write(
    line([
      name,
      String(hour.requests),
      String(hour.phases),
      `${hour.restated} (${share.toFixed(2)} %)`,
      seconds(hour.leftAfterMs.p50),
      seconds(hour.leftAfterMs.p99),
      seconds(hour.leftAfterMs.max),
      hour.restated === 0 ? "-" : seconds(hour.correctedAfterMs.p50),
      String(hour.mostHeldSpans),
      (hour.mostLedgerBytes / 1e6).toFixed(1),
      (hour.mostHeapBytes / 1e6).toFixed(0),
      ((performance.now() - began) / 1000).toFixed(1),
    ]),
  );
}

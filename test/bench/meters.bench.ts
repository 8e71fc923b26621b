import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { createLedger, type Instant, instantOf, type MeterReading } from "@wattspan/footprint";
import { meterTables, parseExposition, parseNvidiaSmiCsv } from "@wattspan/sources";

// Energy of windows from nvidia-smi's readings on an A100, against an external power meter on its slot and cables
// (Yang, Adamek, Armour, SC24; MIT): our ledger beside a trapezoid over the samples in the window, and Zeus's rule,
// which leaves out unchanged samples and says 0 J where fewer than two remain. The last rows give the external meter
// itself as a counter with an update every 100 ms: what is left there is the integrator's, not the sensor's.
const DATA = new URL("../shared/data/gpu-power-benchmark/", pathToFileURL(`${process.cwd()}/`));
const RUNS = ["a100_5050", "a100_step"] as const;
const WINDOWS_MS = [52, 104, 522, 1044, 2088, Number.POSITIVE_INFINITY];

interface Sample {
  readonly ms: number;
  readonly value: number;
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Joules of each window. */
type Method = (samples: readonly Sample[], windows: readonly Window[]) => readonly number[];

const DEVICE = "node/gpu";
const METHODS: readonly (readonly [string, Method])[] = [
  ["trapezoid", (samples, windows) => windows.map((one) => trapezoid(inside(samples, one)))],
  [
    "Zeus's rule",
    (samples, windows) => windows.map((one) => trapezoid(inside(changes(samples), one))),
  ],
];

for (const run of RUNS) {
  if (!existsSync(new URL(`${run}_power_meter_1ms.csv`, DATA))) {
    process.stdout.write(`${run}: skipped, the recording is not beside the project\n`);
    continue;
  }
  const meter = readColumn(`${run}_power_meter_1ms.csv`, "w");
  const samples = readColumn(`${run}_nvidia_smi_epoch.csv`, "power_draw_w");
  const text = readFileSync(new URL(`${run}_nvidia_smi_epoch.csv`, DATA), "utf8");
  const { readings } = parseNvidiaSmiCsv(text, { node: "node", device: "gpu", model: "A100" });
  const edges = readColumn(`${run}_load_edges.csv`, "epoch_ms");
  const load = { fromMs: edges[0]?.ms ?? 0, toMs: edges.at(-1)?.ms ?? 0 };
  process.stdout.write(
    `\n${run}: ${samples.length} samples, meter ${meterJoules(meter, [load])[0]?.toFixed(1)} J over ${((load.toMs - load.fromMs) / 1000).toFixed(2)} s\n`,
  );
  row(["method", "window", "windows", "mean error", "mean abs. error", "worst", "joules off"]);
  const counter = asCounter(meter, 100).map(({ ms, value }): MeterReading => {
    return { device: DEVICE, kind: "counter", value, at: instantAt(ms) };
  });
  for (const lengthMs of WINDOWS_MS) {
    const windows = cut(load, lengthMs);
    const truth = meterJoules(meter, windows);
    report("ledger", lengthMs, ledgerJoules(readings, windows), truth);
    for (const [name, method] of METHODS) {
      report(name, lengthMs, method(samples, windows), truth);
    }
    report("ledger, counter", lengthMs, ledgerJoules(counter, windows), truth);
  }
}

const page = makePage();
const wanted = new Set(meterTables.flatMap(({ metrics }) => metrics.map(({ metric }) => metric)));
process.stdout.write(
  `\nparsing a page of 56 GPU instances, ${(page.length / 1e3).toFixed(0)} kB\n`,
);
timeParsing("every metric", () => true);
timeParsing("power and energy", (name) => wanted.has(name));

/** Twenty metrics of dcgm-exporter, two of them power and energy. */
function makePage(): string {
  const names = ["DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"];
  for (let i = 0; i < 18; i++) names.push(`DCGM_FI_PROF_PIPE_${i}_ACTIVE`);
  const instances = Array.from(
    { length: 56 },
    (_, i) =>
      `gpu="${i >> 3}",UUID="GPU-604ac76c-d9cf-fef3-62e9-d92044ab6e5${i >> 3}",pci_bus_id="00000000:17:00.0",device="nvidia${i >> 3}",modelName="NVIDIA H100 80GB HBM3",GPU_I_PROFILE="1g.10gb",GPU_I_ID="${i & 7}",hostname="node-a",container="vllm",namespace="serving",pod="llama-${i}"`,
  );
  const lines = names.flatMap((name) => [
    `# TYPE ${name} gauge`,
    ...instances.map((labels, i) => `${name}{${labels}} ${(631.95 + i).toFixed(6)}`),
  ]);
  return `${lines.join("\n")}\n`;
}

function timeParsing(what: string, isWanted: (name: string) => boolean): void {
  let samples = 0;
  for (let i = 0; i < 200; i++) samples += parseExposition(page, isWanted).count;
  const began = performance.now();
  for (let i = 0; i < 500; i++) samples += parseExposition(page, isWanted).count;
  const ms = (performance.now() - began) / 500;
  row([
    what,
    `${ms.toFixed(2)} ms`,
    `${samples / 700}`,
    `${(page.length / ms / 1e3).toFixed(0)} MB/s`,
  ]);
}

/** Joules of windows that do not overlap, each the only phase of its time. */
function ledgerJoules(
  readings: readonly MeterReading[],
  windows: readonly Window[],
): readonly number[] {
  const ledger = createLedger({
    maxCounterGapNs: 600e9,
    maxPowerGapNs: 120e9,
    maxClockSkewNs: 0,
    gainError: 0.05,
    maxPhaseNs: 3600e9,
    keepNs: 3600e9,
  });
  ledger.addDevice({ key: DEVICE, node: "node", id: "gpu" });
  for (const reading of readings) ledger.addReading(reading);
  return windows.map(({ fromMs, toMs }, i) => {
    const start = instantAt(fromMs);
    const phase = { idHigh: 0, idLow: i + 1, start, end: instantAt(toMs), weight: 1 };
    const handle = ledger.upsertPhase({ ...phase, devices: [{ device: DEVICE, share: 1 }] });
    const joules = ledger.energyOf(handle as number)?.energyJoules ?? Number.NaN;
    ledger.removePhase(handle as number);
    return joules;
  });
}

function inside(samples: readonly Sample[], { fromMs, toMs }: Window): readonly Sample[] {
  return samples.filter(({ ms }) => ms >= fromMs && ms <= toMs);
}

/** Samples whose value is not that of the one before. */
function changes(samples: readonly Sample[]): readonly Sample[] {
  return samples.filter(({ value }, i) => value !== samples[i - 1]?.value);
}

function trapezoid(samples: readonly Sample[]): number {
  return samples.reduce((joules, { ms, value }, i) => {
    const before = samples[i - 1];
    return before === undefined
      ? joules
      : joules + (((before.value + value) / 2) * (ms - before.ms)) / 1000;
  }, 0);
}

/** The external meter's joules; a bin that a window cuts counts in part. */
function meterJoules(meter: readonly Sample[], windows: readonly Window[]): readonly number[] {
  return windows.map(({ fromMs, toMs }) =>
    meter.reduce((joules, { ms, value }) => {
      const overlapMs = Math.min(toMs, ms + 1) - Math.max(fromMs, ms);
      return overlapMs > 0 ? joules + (value * overlapMs) / 1000 : joules;
    }, 0),
  );
}

/** What a counter on the external meter shows that is renewed every `periodMs`. */
function asCounter(meter: readonly Sample[], periodMs: number): readonly Sample[] {
  let joules = 1000;
  return meter.flatMap(({ ms, value }, i) => {
    joules += value / 1000;
    return i % periodMs === periodMs - 1 ? [{ ms: ms + 1, value: joules }] : [];
  });
}

function cut({ fromMs, toMs }: Window, lengthMs: number): readonly Window[] {
  if (lengthMs >= toMs - fromMs) return [{ fromMs, toMs }];
  const count = Math.floor((toMs - fromMs) / lengthMs);
  return Array.from({ length: count }, (_, i) => {
    return { fromMs: fromMs + i * lengthMs, toMs: fromMs + (i + 1) * lengthMs };
  });
}

function readColumn(file: string, column: string): readonly Sample[] {
  const [header = "", ...rows] = readFileSync(new URL(file, DATA), "utf8").trim().split("\n");
  const at = header.trim().split(",").indexOf(column);
  if (at < 0) throw new Error(`${file} has no column ${column}`);
  return rows.map((line) => {
    const cells = line.split(",");
    return { ms: Number(cells[0]), value: Number(cells[at]) };
  });
}

function instantAt(ms: number): Instant {
  return instantOf(BigInt(Math.round(ms * 1e6)));
}

function report(
  name: string,
  lengthMs: number,
  found: readonly number[],
  truth: readonly number[],
): void {
  const errors = found.map((joules, i) => joules / (truth[i] as number) - 1);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const absolute = errors.map(Math.abs);
  const offJoules = found.reduce(
    (sum, joules, i) => sum + Math.abs(joules - (truth[i] as number)),
    0,
  );
  row([
    name,
    Number.isFinite(lengthMs) ? `${lengthMs} ms` : "whole",
    `${errors.length}`,
    percent(mean(errors)),
    percent(mean(absolute)),
    percent(Math.max(...absolute)),
    percent(offJoules / truth.reduce((sum, joules) => sum + joules, 0)),
  ]);
}

function row(cells: readonly string[]): void {
  const widths = [17, 10, 9, 12, 17, 9, 10];
  process.stdout.write(`${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("")}\n`);
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

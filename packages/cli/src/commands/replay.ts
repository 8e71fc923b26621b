import { appendFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { instantOfMs, type MeterReading, unixMsOf } from "@wattspan/footprint";
import { createPipeline, type PipelineOptions, type Summary } from "@wattspan/gateway";
import { resolvePipeline } from "../config/resolve-pipeline.ts";
import type { Grid } from "../open-grid.ts";
import { isAiperfTelemetry, readAiperf } from "../read-aiperf.ts";
import { parseUtcOffset, readMeterCsv } from "../read-meter-csv.ts";
import { type RecordedRequest, readRecording } from "../read-recording.ts";
import { openConfiguredGrid } from "./open-configured-grid.ts";
import { printSummary } from "./print-summary.ts";
import { readConfig } from "./read-config.ts";
import type { Streams } from "./streams.ts";

const USAGE = `usage: wattspan replay TRACES... [--meters [NODE[/DEVICE]=]FILE]... --config FILE [--out FILE] [--json]
  --utc-offset ±HH:MM  how far clocks that nvidia-smi wrote local times by were ahead of UTC; without it +00:00
`;
const TICK_MS = 1000;

/** `wattspan replay`: recorded OTLP in, enriched OTLP and a summary out, in virtual time; 0, 1 failed, 2 usage. */
export async function runReplay(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === "string" || parsed.positionals.length === 0) {
    streams.stderr(typeof parsed === "string" ? `${parsed}\n${USAGE}` : USAGE);
    return 2;
  }
  const { values, positionals } = parsed;
  const offset = values["utc-offset"] ?? "+00:00";
  const utcOffsetMinutes = parseUtcOffset(offset);
  if (utcOffsetMinutes === undefined) {
    streams.stderr(`--utc-offset ${offset} is not of the form ±HH:MM\n${USAGE}`);
    return 2;
  }
  const config = await readConfig(values.config ?? [], streams);
  if (config === undefined) return 1;
  const grid = await openConfiguredGrid(config.grid, streams);
  if (grid === undefined) return 1;
  const options = resolvePipeline(config, grid.intensity);
  const files = [...positionals, ...(values.meters ?? [])];
  const recorded = await readAll(files, options, utcOffsetMinutes);
  for (const line of [...recorded.problems, ...recorded.remarks]) streams.stderr(`${line}\n`);
  if (recorded.problems.length > 0) return 1;
  await fetchFactors(grid, options, recorded, streams);
  const out = values.out;
  if (out !== undefined) writeFileSync(out, "");
  grid.shutdown();
  const summary = replay(options, recorded, (body, encoding) => {
    if (out === undefined) return;
    appendFileSync(out, encoding === "json" ? `${Buffer.from(body).toString("utf8")}\n` : body);
  });
  if (values.json) streams.stdout(`${JSON.stringify(summary)}\n`);
  else printSummary(summary, streams.stdout);
  return 0;
}

/** Fetches the factors of the recorded time; what could not be fetched is said, and the replay goes on. */
async function fetchFactors(
  grid: Grid,
  { nodes, join }: PipelineOptions,
  recorded: {
    readonly requests: readonly RecordedRequest[];
    readonly readings: readonly MeterReading[];
  },
  streams: Streams,
): Promise<void> {
  if (!grid.hasProviders) return;
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = 0;
  for (const { latestMs } of recorded.requests) {
    // A request tells when its last span ended.
    fromMs = Math.min(fromMs, latestMs - join.maxPhaseMs);
    toMs = Math.max(toMs, latestMs);
  }
  if (toMs === 0) return;
  const zones = nodes.flatMap(({ zone }) => (zone === undefined ? [] : [zone]));
  const outcomes = await grid.refresh(
    zones,
    instantOfMs(Math.max(0, fromMs)),
    instantOfMs(toMs + 1),
  );
  for (const { provider, zone, reason } of outcomes) {
    if (reason !== undefined) streams.stderr(`${provider}: ${zone}: ${reason}\n`);
  }
}

/** Plays recorded requests and readings through the pipeline in time order, then releases everything. */
function replay(
  options: PipelineOptions,
  recorded: {
    readonly requests: readonly RecordedRequest[];
    readonly readings: readonly MeterReading[];
  },
  onOut: (body: Uint8Array, encoding: "protobuf" | "json") => void = () => {},
): Summary {
  let nowMs = 0;
  const pipeline = createPipeline(
    options,
    (signal, encoding, body) => {
      if (signal === "traces") onOut(body, encoding);
      return true;
    },
    () => nowMs,
  );
  const steps = [
    ...recorded.requests.map((request) => ({
      atMs: request.latestMs,
      play: () => void pipeline.accept(request.signal, request.encoding, request.body),
    })),
    ...recorded.readings.map((reading) => ({
      atMs: unixMsOf(reading.at),
      play: () => pipeline.addReadings([reading]),
    })),
  ].sort((a, b) => a.atMs - b.atMs);
  let tickedMs = steps[0]?.atMs ?? 0;
  for (const step of steps) {
    nowMs = Math.max(nowMs, step.atMs);
    step.play();
    if (nowMs - tickedMs >= TICK_MS) {
      pipeline.tick(nowMs);
      tickedMs = nowMs;
    }
  }
  pipeline.finish(nowMs);
  return pipeline.summary();
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: "string", multiple: true },
        "utc-offset": { type: "string" },
        meters: { type: "string", multiple: true },
        out: { type: "string" },
        json: { type: "boolean" },
      },
    });
  } catch (error) {
    return (error as Error).message;
  }
}

async function readAll(
  files: readonly string[],
  { nodes }: PipelineOptions,
  utcOffsetMinutes: number,
): Promise<{
  requests: RecordedRequest[];
  readings: MeterReading[];
  problems: string[];
  remarks: string[];
}> {
  const requests: RecordedRequest[] = [];
  const readings: MeterReading[] = [];
  const problems: string[] = [];
  const remarks: string[] = [];
  for (const file of files) {
    try {
      const meters = file.endsWith(".csv")
        ? readMeterCsv(file, nodes, utcOffsetMinutes)
        : isAiperfTelemetry(file, nodes)
          ? readAiperf(file, nodes)
          : undefined;
      if (meters !== undefined) {
        for (const reading of meters.readings) readings.push(reading);
        remarks.push(...meters.remarks);
      } else requests.push(...(await readRecording(file)));
    } catch (error) {
      problems.push(`${file}: ${(error as Error).message}`);
    }
  }
  return { requests, readings, problems, remarks };
}

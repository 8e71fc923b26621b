import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { MeterReading } from "@wattspan/footprint";
import { instantOf, unixNanoOf } from "@wattspan/footprint";
import { createPipeline, type PipelineOptions, type Summary } from "@wattspan/gateway";
import { parseNvidiaSmiCsv } from "@wattspan/sources";
import { resolvePipeline } from "../config/resolve-pipeline.ts";
import type { Grid } from "../open-grid.ts";
import { type RecordedRequest, readRecording } from "../read-recording.ts";
import { openConfiguredGrid } from "./open-configured-grid.ts";
import { printSummary } from "./print-summary.ts";
import { readConfig } from "./read-config.ts";
import type { Streams } from "./streams.ts";

const USAGE =
  "usage: wattspan replay TRACES... [--meters FILE]... --config FILE [--out FILE] [--json]\n";
const TICK_MS = 1000;

/** `wattspan replay`: recorded OTLP in, enriched OTLP and a summary out, in virtual time; 0, 1 failed, 2 usage. */
export async function runReplay(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === "string" || parsed.positionals.length === 0) {
    streams.stderr(typeof parsed === "string" ? `${parsed}\n${USAGE}` : USAGE);
    return 2;
  }
  const { values, positionals } = parsed;
  const config = await readConfig(values.config ?? [], streams);
  if (config === undefined) return 1;
  const node = config.nodes[0]?.name ?? "node";
  const recorded = await readAll(positionals, values.meters ?? [], node);
  for (const problem of recorded.problems) streams.stderr(`${problem}\n`);
  if (recorded.problems.length > 0) return 1;
  const grid = await openConfiguredGrid(config.grid, streams);
  if (grid === undefined) return 1;
  const options = resolvePipeline(config, grid.intensity);
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
  const outcomes = await grid.refresh(zones, instantAt(fromMs), instantAt(toMs + 1));
  for (const { provider, zone, reason } of outcomes) {
    if (reason !== undefined) streams.stderr(`${provider}: ${zone}: ${reason}\n`);
  }
}

const instantAt = (ms: number) => instantOf(BigInt(Math.max(0, Math.floor(ms))) * 1_000_000n);

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
      atMs: Number(unixNanoOf(reading.at) / 1_000_000n),
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
  traces: readonly string[],
  meters: readonly string[],
  node: string,
): Promise<{ requests: RecordedRequest[]; readings: MeterReading[]; problems: string[] }> {
  const requests: RecordedRequest[] = [];
  const readings: MeterReading[] = [];
  const problems: string[] = [];
  for (const path of [...traces, ...meters]) {
    try {
      if (path.endsWith(".csv")) {
        const csv = parseNvidiaSmiCsv(readFileSync(path, "utf8"), { node, utcOffsetMinutes: 0 });
        for (const reading of csv.readings) readings.push(reading);
        for (const { line, message } of csv.problems) problems.push(`${path}:${line}: ${message}`);
      } else requests.push(...(await readRecording(path)));
    } catch (error) {
      problems.push(`${path}: ${(error as Error).message}`);
    }
  }
  return { requests, readings, problems };
}

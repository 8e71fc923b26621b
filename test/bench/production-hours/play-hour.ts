import { createPipeline, type PipelineOptions, type Summary } from "@wattspan/gateway";
import { attributesOf, createTraceScanner, endUnixNanoOf, parentSpanIdOf } from "@wattspan/otlp";
import {
  ATTR_FOOTPRINT_ENERGY_ACCELERATOR,
  ATTR_FOOTPRINT_INFERENCE_PHASE,
} from "@wattspan/semconv";
import { enginePipeline } from "../../engine-pipeline.ts";
import type { Arrival } from "./arrivals.ts";
import { readMeters, serve, workerNames } from "./serve.ts";
import { sendSpans } from "./spans.ts";

// 2023-11-16 18:15 UTC, when Azure's hours begin.
const START_UNIX_MS = 1_700_158_500_000;
const TICK_MS = 1000;
/** How long a reading is on its way. */
const METER_DELAY_MS = 400;
/** After the last span: every wait and every correction is over by then. */
const AFTER_MS = 600_000;

/** What became of an hour. */
export interface PlayedHour {
  readonly requests: number;
  readonly phases: number;
  /** Phases whose figure was corrected after it had left. */
  readonly restatedPhases: number;
  /** From a phase's end to when its figure left, and to when it was corrected, ascending, ms. */
  readonly leftMs: readonly number[];
  readonly correctedMs: readonly number[];
  readonly mostHeldSpans: number;
  readonly mostHeldBytes: number;
  readonly mostLedgerBytes: number;
  /** What a backend sums up: figures as they left, and with their corrections. */
  readonly leftJoules: number;
  readonly correctedJoules: number;
  readonly summary: Summary;
}

const byDefault = enginePipeline({ lingerMs: 10_000, holdMs: 300_000, exportDelayMs: 5000 });

const options: PipelineOptions = {
  ...byDefault,
  nodes: workerNames.map((name) => ({
    name,
    aliases: [],
    zone: "FR",
    pue: 1.2,
    devices: [{ id: "GPU-0", idleWatts: 75, maxWatts: 700 }],
  })),
  workers: workerNames.map((name) => ({ match: new Map([["service.name", name]]), node: name })),
};

/** Plays arrivals through a pipeline with default settings in virtual time. */
export function playHour(arrivals: readonly Arrival[]): PlayedHour {
  const served = serve(arrivals);
  const batches = sendSpans(served, START_UNIX_MS);
  const readings = [...readMeters(served, START_UNIX_MS, METER_DELAY_MS)];
  readings.sort((a, b) => a.atMs - b.atMs);
  const clock = { nowMs: START_UNIX_MS };
  const watch = watchOutput(() => clock.nowMs);
  const pipeline = createPipeline(options, watch.emit, () => clock.nowMs);
  let batch = 0;
  let reading = 0;
  const most = { heldSpans: 0, heldBytes: 0, ledgerBytes: 0 };
  const endMs = (batches.at(-1)?.atMs ?? 0) + AFTER_MS;
  for (let tick = 0; tick <= endMs; tick += TICK_MS) {
    for (; (batches[batch]?.atMs ?? Infinity) <= tick; batch++) {
      clock.nowMs = START_UNIX_MS + (batches[batch]?.atMs ?? 0);
      pipeline.accept("traces", "protobuf", batches[batch]?.body ?? new Uint8Array(0));
    }
    clock.nowMs = START_UNIX_MS + tick;
    const from = reading;
    while ((readings[reading]?.atMs ?? Infinity) <= tick) reading++;
    pipeline.addReadings(readings.slice(from, reading).map((one) => one.reading));
    most.heldSpans = Math.max(most.heldSpans, pipeline.heldCount);
    most.heldBytes = Math.max(most.heldBytes, pipeline.heldBytes);
    most.ledgerBytes = Math.max(most.ledgerBytes, pipeline.byteLength);
    pipeline.tick(clock.nowMs);
  }
  const summary = pipeline.summary();
  return {
    requests: summary.requests.length,
    phases: summary.requests.reduce((sum, { phases }) => sum + phases.length, 0),
    restatedPhases: watch.restated.size,
    leftMs: watch.leftMs.sort((a, b) => a - b),
    correctedMs: watch.correctedMs.sort((a, b) => a - b),
    mostHeldSpans: most.heldSpans,
    mostHeldBytes: most.heldBytes,
    mostLedgerBytes: most.ledgerBytes,
    leftJoules: watch.joules.left,
    correctedJoules: watch.joules.left + watch.joules.corrections,
    summary,
  };
}

/** Reads the output as a backend would. */
function watchOutput(now: () => number) {
  const scanner = createTraceScanner({
    names: ["restatement"],
    keys: [ATTR_FOOTPRINT_INFERENCE_PHASE],
  });
  const leftMs: number[] = [];
  const correctedMs: number[] = [];
  const restated = new Set<string>();
  const joules = { left: 0, corrections: 0 };
  return {
    leftMs,
    correctedMs,
    restated,
    joules,
    emit(signal: string, encoding: "protobuf" | "json", body: Uint8Array): boolean {
      if (signal !== "traces") return true;
      const table = scanner.scan(body, encoding);
      for (let i = 0; i < table.count; i++) {
        const isRestatement = (table.nameIndex[i] as number) >= 0;
        if (!isRestatement && table.keyMask[i] === 0) continue;
        const attributes = attributesOf(table, i);
        const figure = Number(attributes.get(ATTR_FOOTPRINT_ENERGY_ACCELERATOR) ?? 0);
        const lateMs = now() - Number(endUnixNanoOf(table, i) / 1_000_000n);
        (isRestatement ? correctedMs : leftMs).push(lateMs);
        if (isRestatement) restated.add(parentSpanIdOf(table, i));
        joules[isRestatement ? "corrections" : "left"] += figure;
      }
      return true;
    },
  };
}

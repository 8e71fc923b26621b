import { createPipeline, type PipelineOptions, type Summary } from "@wattspan/gateway";
import { type OutputWatch, watchOutput } from "../../e2e/watch-output.ts";
import { enginePipeline } from "../../engine-pipeline.ts";
import type { Arrival } from "./arrivals.ts";
import { readMeters, serve, workerNames } from "./serve.ts";
import { sendSpans } from "./spans.ts";

// 2023-11-16 18:15 UTC, when Azure's hours begin.
const START_UNIX_MS = 1_700_158_500_000;
const TICK_MS = 1000;
/** How long a reading is on its way. */
const METER_DELAY_MS = 400;
/** After the last span: every wait and correction is over by then, and nothing of an hour is forgotten yet. */
const AFTER_MS = 600_000;

/** What became of an hour. */
export interface PlayedHour {
  /** What a backend was sent. */
  readonly output: OutputWatch;
  readonly summary: Summary;
  readonly mostHeldSpans: number;
  readonly mostHeldBytes: number;
  readonly mostLedgerBytes: number;
}

const byDefault = enginePipeline({ lingerMs: 10_000, holdMs: 300_000, exportDelayMs: 5000 });

/** Default settings, a node of one device for each worker. */
export const hourOptions: PipelineOptions = {
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
  const output = watchOutput(() => clock.nowMs);
  const pipeline = createPipeline(hourOptions, output.emit, () => clock.nowMs);
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
  return {
    output,
    summary: pipeline.summary(),
    mostHeldSpans: most.heldSpans,
    mostHeldBytes: most.heldBytes,
    mostLedgerBytes: most.ledgerBytes,
  };
}

import type { Attributes } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { createKeepExporter } from "./sdk/exporters.ts";
import { measureHeld } from "./sdk/measure-held.ts";
import { runWorker } from "./sdk/run-worker.ts";
import { startSink } from "./sdk/sink.ts";
import {
  requestsOf,
  startWorkerProcess,
  type WorkerProcess,
  type WorkerSetup,
} from "./sdk/worker-process.ts";
import { createFootprints, firstWordOf } from "./sdk/workers.ts";

// CPU of a request (a request span and two phases) with and without footprints, at steady rates in virtual time over two
// epochs or more; each kind of worker in a warm process of its own, rounds in turn, the least of them, less the least of a
// loop without requests. Two readings of "plain":
//  - bare: spans that say no more than they must, OTLP written and dropped. The harsher one: what is divided by is the
//    least that a span can cost;
//  - deployed: spans as `startInference` makes them, sent by exporter-trace-otlp-http to another process.
// Beside them, plain spans with as many attributes as ours: what the attributes cost, whoever puts them there.
const RATES = [5, 50, 200];
const LEAST_SECONDS = 120;
const LEAST_REQUESTS = 6000;
const ROUNDS = 5;

/** What footprints make of the attributes of a request's spans, by the first word of their name. */
async function attributesOf(
  reading: WorkerSetup["reading"],
): Promise<readonly (readonly [string, Attributes])[]> {
  const kept: ReadableSpan[] = [];
  const load = { perSecond: 1, seconds: 60 };
  await runWorker(() => createFootprints(createKeepExporter(kept)), requestsOf(reading), load);
  return [...new Map(kept.map((span) => [firstWordOf(span), span.attributes]))];
}

/** CPU microseconds a request of each worker. */
async function measure(workers: readonly WorkerProcess[], perSecond: number): Promise<number[]> {
  const seconds = Math.max(LEAST_SECONDS, LEAST_REQUESTS / perSecond);
  const loads = workers.map(() => Infinity);
  let loop = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, worker] of workers.entries()) {
      const { loadMicros, loopMicros } = await worker.run({ perSecond, seconds });
      loads[i] = Math.min(loads[i] as number, loadMicros);
      loop = Math.min(loop, loopMicros);
    }
  }
  return loads.map((load) => (load - loop) / (perSecond * seconds));
}

async function measureReading(reading: WorkerSetup["reading"], url: string): Promise<void> {
  const setups: readonly Omit<WorkerSetup, "reading" | "url">[] = [
    { kind: "plain" },
    { kind: "plain", besides: await attributesOf(reading) },
    { kind: "footprints" },
    { kind: "minimal footprints" },
  ];
  const workers: WorkerProcess[] = [];
  for (const setup of setups) workers.push(await startWorkerProcess({ ...setup, reading, url }));
  for (const perSecond of RATES) {
    const [plain = NaN, large = NaN, ours = NaN, minimal = NaN] = await measure(workers, perSecond);
    process.stdout.write(
      `${reading}, CPU a request at ${perSecond} requests/s: plain BatchSpanProcessor ${plain.toFixed(1)} us, ` +
        `with footprints ${ours.toFixed(1)} us, ratio ${(ours / plain).toFixed(2)} (goal 1.3); ` +
        `plain with as many attributes ${large.toFixed(1)} us, ratio to that ${(ours / large).toFixed(2)}; ` +
        `at \`attributes: minimal\` ${minimal.toFixed(1)} us, ratio ${(minimal / plain).toFixed(2)}\n`,
    );
  }
  for (const worker of workers) await worker.stop();
}

await measureHeld();
const sink = await startSink();
for (const reading of ["bare", "deployed"] as const) await measureReading(reading, sink.url);
if ((await sink.stop()) === 0) throw new Error("nothing was sent");

import type { ReadableSpan, SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import { createDropExporter, createHttpExporter, createKeepExporter } from "./sdk/exporters.ts";
import { measureHeld } from "./sdk/measure-held.ts";
import { createBareRequests, createMarkedRequests, type StartRequest } from "./sdk/requests.ts";
import { runWorker } from "./sdk/run-worker.ts";
import { startSink } from "./sdk/sink.ts";
import {
  type AttributesBySpan,
  createFootprints,
  createPlain,
  firstWordOf,
  type Worker,
} from "./sdk/workers.ts";

// CPU of a request (a request span and two phases) with and without footprints, at steady rates in virtual time over two
// epochs, rounds in turn, the least of them; less what the loop costs without a request. Two readings of "plain":
//  - bare: spans that say no more than they must, OTLP written and dropped. The harsher one: what is divided by is the
//    least that a span can cost;
//  - deployed: spans as `startInference` makes them, sent by exporter-trace-otlp-http to another process.
// Beside them, plain spans with as many attributes as ours: what the attributes cost, whoever puts them there.
const RATES = [5, 50, 200];
const SECONDS = 120;
const ROUNDS = 3;

interface Reading {
  readonly name: string;
  readonly requests: (provider: TracerProvider) => StartRequest;
  readonly exporter: () => SpanExporter;
}

/** What footprints add to the spans of a request. */
async function attributesOfFootprints({ requests }: Reading): Promise<AttributesBySpan> {
  const kept: ReadableSpan[] = [];
  const worker = (): Worker => createFootprints(createKeepExporter(kept));
  await runWorker(worker, requests, { perSecond: 1, seconds: 60 });
  return new Map(kept.map((span) => [firstWordOf(span), span.attributes]));
}

async function measureCpu(reading: Reading, perSecond: number): Promise<void> {
  const { requests, exporter } = reading;
  const besides = await attributesOfFootprints(reading);
  const minimal = { attributes: "minimal" } as const;
  const kinds: Readonly<Record<string, () => Worker>> = {
    plain: () => createPlain(exporter()),
    large: () => createPlain(exporter(), besides),
    ours: () => createFootprints(exporter()),
    least: () => createFootprints(exporter(), minimal),
  };
  const load = { perSecond, seconds: SECONDS };
  const idle = () => createPlain(createKeepExporter([]));
  const micros: Record<string, number> = {};
  for (const create of Object.values(kinds)) {
    await runWorker(create, requests, { perSecond: 200, seconds: 20 });
  }
  let loop = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    loop = Math.min(loop, await runWorker(idle, requests, { ...load, perSecond: 0 }));
    for (const [kind, create] of Object.entries(kinds)) {
      micros[kind] = Math.min(micros[kind] ?? Infinity, await runWorker(create, requests, load));
    }
  }
  const each = (kind: string): number => ((micros[kind] ?? NaN) - loop) / (perSecond * SECONDS);
  const [plain, large, ours, least] = ["plain", "large", "ours", "least"].map(each) as [
    number,
    number,
    number,
    number,
  ];
  process.stdout.write(
    `CPU a request at ${perSecond} requests/s, ${reading.name}: plain BatchSpanProcessor ${plain.toFixed(1)} us, ` +
      `with footprints ${ours.toFixed(1)} us, ratio ${(ours / plain).toFixed(2)} (goal 1.3); ` +
      `plain with as many attributes ${large.toFixed(1)} us, ratio to it ${(ours / large).toFixed(2)}; ` +
      `with footprints at \`attributes: minimal\` ${least.toFixed(1)} us, ratio ${(least / plain).toFixed(2)}\n`,
  );
}

await measureHeld();
const sink = await startSink();
const readings: readonly Reading[] = [
  { name: "bare", requests: createBareRequests, exporter: createDropExporter },
  {
    name: "deployed",
    requests: createMarkedRequests,
    exporter: () => createHttpExporter(sink.url),
  },
];
for (const reading of readings) {
  for (const perSecond of RATES) await measureCpu(reading, perSecond);
}
if ((await sink.stop()) === 0) throw new Error("nothing was sent");

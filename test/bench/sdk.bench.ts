import { mock } from "node:test";
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { instantOf } from "@wattspan/footprint";
import { FootprintSampler, FootprintSpanProcessor } from "@wattspan/sdk";
import { createStaticIntensity } from "@wattspan/sources";
import { createPlayedMeter } from "../in-process.ts";

// CPU of a request (a request span and two phases) with and without footprints, and without but with spans that carry as
// many attributes, at steady rates in virtual time over two epochs, rounds in turn, the lesser of two; then bytes of a
// held span. The exporter writes OTLP and drops it.
const RATES = [5, 50, 200];
const SECONDS = 120;
const ROUNDS = 2;
const STEP_MS = 50;
const PREFILL_STEPS = 4;
const REQUEST_STEPS = 40;
const HELD_REQUESTS = 20_000;
const BASE_MS = Date.UTC(2026, 10, 24);

let bytesOut = 0;
const exporter: SpanExporter = {
  export(spans, done) {
    bytesOut += ProtobufTraceSerializer.serializeRequest(spans)?.byteLength ?? 0;
    done({ code: 0 });
  },
  shutdown: () => Promise.resolve(),
  forceFlush: () => Promise.resolve(),
};

type AttributesBySpan = ReadonlyMap<string, Attributes>;

interface Worker {
  /** What is put on spans besides, by their first word. */
  readonly besides?: AttributesBySpan;
  readonly processor: SpanProcessor;
  /** Called every step. */
  read(): void;
}

function createPlain(besides?: AttributesBySpan): Worker {
  const processor = new BatchSpanProcessor({ exporter });
  return { processor, read: () => {}, ...(besides === undefined ? {} : { besides }) };
}

/** What footprints put on the spans of a request. */
async function attributesOfFootprints(): Promise<AttributesBySpan> {
  const worker = createOurs({
    export(spans, done) {
      for (const { name, attributes } of spans) seen.set(name.split(" ")[0] ?? "", attributes);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
    forceFlush: () => Promise.resolve(),
  });
  const seen = new Map<string, Attributes>();
  await run(worker, 5);
  return seen;
}

function createOurs(
  to: SpanExporter = exporter,
): Worker & { readonly processor: FootprintSpanProcessor } {
  const meter = createPlayedMeter();
  const processor = new FootprintSpanProcessor({
    next: new BatchSpanProcessor({ exporter: to }),
    meter,
    zone: "FR",
    intensity: createStaticIntensity(),
    devices: [{ id: "GPU-0", idleWatts: 70, maxWatts: 700 }],
    maxHeldSpans: HELD_REQUESTS * 4,
    log: () => {},
    now: () => Date.now(),
  });
  let joules = 1000;
  let steps = 0;
  return {
    processor,
    read() {
      joules += 17.5;
      // A counter that changes every 100 ms.
      if (++steps % 2 !== 0) return;
      const at = instantOf(BigInt(Date.now()) * 1_000_000n);
      meter.read([{ id: "GPU-0", kind: "counter", value: joules, at }]);
    },
  };
}

function createTracer({ processor }: Worker): Tracer {
  const sampler = new FootprintSampler(new AlwaysOnSampler());
  return new TracerProvider({ spanProcessors: [processor], sampler }).getTracer("bench");
}

interface Running {
  readonly root: Span;
  readonly parent: Context;
  phase: Span;
  steps: number;
}

function startRequest(tracer: Tracer, besides?: AttributesBySpan): Running {
  const attributes = { "gen_ai.request.model": "llama-3.1-8b", ...besides?.get("llm") };
  const root = tracer.startSpan("llm request", { attributes, startTime: Date.now() });
  const parent = trace.setSpan(ROOT_CONTEXT, root);
  return { root, parent, phase: startPhase(tracer, parent, "prefill", 512, besides), steps: 0 };
}

function startPhase(
  tracer: Tracer,
  parent: Context,
  phase: string,
  tokens: number,
  besides?: AttributesBySpan,
): Span {
  const attributes = {
    ...besides?.get(phase),
    "footprint.inference.phase": phase,
    "footprint.inference.processed_tokens": tokens,
    "gen_ai.request.model": "llama-3.1-8b",
    "footprint.device.ids": ["GPU-0"],
  };
  const options = { attributes, startTime: Date.now() };
  return tracer.startSpan(`${phase} llama-3.1-8b`, options, parent);
}

/** CPU microseconds a request. */
async function run(worker: Worker, rate: number): Promise<number> {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: BASE_MS });
  const tracer = createTracer(worker);
  const running: Running[] = [];
  let started = 0;
  const began = process.cpuUsage();
  for (let ms = 0; ms < SECONDS * 1000; ms += STEP_MS) {
    mock.timers.tick(STEP_MS);
    worker.read();
    const now = Date.now();
    for (const request of running) {
      if (++request.steps !== PREFILL_STEPS) continue;
      request.phase.end(now);
      request.phase = startPhase(tracer, request.parent, "decode", 128, worker.besides);
    }
    while ((running[0]?.steps ?? 0) >= REQUEST_STEPS) {
      const request = running.shift() as Running;
      request.phase.end(now);
      request.root.end(now);
    }
    for (; started < (ms / 1000) * rate; started++)
      running.push(startRequest(tracer, worker.besides));
    // Batches are exported between steps.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(began);
  mock.timers.reset();
  await worker.processor.shutdown();
  return (user + system) / started;
}

async function measureCpu(rate: number, besides: AttributesBySpan): Promise<void> {
  let plain = Number.POSITIVE_INFINITY;
  let asLarge = Number.POSITIVE_INFINITY;
  let ours = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    plain = Math.min(plain, await run(createPlain(), rate));
    asLarge = Math.min(asLarge, await run(createPlain(besides), rate));
    ours = Math.min(ours, await run(createOurs(), rate));
  }
  process.stdout.write(
    `CPU a request at ${rate} requests/s (${2 * rate} in flight): plain BatchSpanProcessor ${plain.toFixed(1)} us, ` +
      `plain with as many attributes ${asLarge.toFixed(1)} us, with footprints ${ours.toFixed(1)} us, ` +
      `ratio ${(ours / plain).toFixed(2)} (goal 1.3; of spans as large ${(asLarge / plain).toFixed(2)})\n`,
  );
}

function heapBytes(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function fill(worker: Worker): number {
  const tracer = createTracer(worker);
  const before = heapBytes();
  for (let i = 0; i < HELD_REQUESTS; i++) {
    const { root, parent, phase } = startRequest(tracer);
    const end = Date.now() + 1000;
    phase.end(end);
    startPhase(tracer, parent, "decode", 128).end(end);
    root.end(end);
  }
  return (heapBytes() - before) / (HELD_REQUESTS * 3);
}

async function measureMemory(): Promise<void> {
  const kept: unknown[] = [];
  const keep: SpanProcessor = {
    onStart: () => {},
    onEnd: (span) => void kept.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const base = fill({ processor: keep, read: () => {} });
  const worker = createOurs();
  const ours = fill(worker);
  const { heldCount } = worker.processor;
  if (kept.length !== heldCount) throw new Error(`${heldCount} of ${kept.length} spans are held`);
  process.stdout.write(
    `bytes of a held span: the SDK's own ${base.toFixed(0)}, with footprints ${ours.toFixed(0)}, ` +
      `more by ${(ours - base).toFixed(0)} (goal 1024)\n`,
  );
  await worker.processor.shutdown();
}

await measureMemory();
const besides = await attributesOfFootprints();
for (const rate of RATES) await measureCpu(rate, besides);
if (bytesOut === 0) throw new Error("nothing was exported");

import { type Context, ROOT_CONTEXT, type Span, type Tracer, trace } from "@opentelemetry/api";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type SpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { instantOf } from "@wattspan/footprint";
import { FootprintSampler, FootprintSpanProcessor } from "@wattspan/sdk";
import { createStaticIntensity } from "@wattspan/sources";
import { createPlayedMeter } from "../in-process.ts";

// CPU of a request (a request span and two phases) with and without footprints, at a steady rate in real time over a
// whole epoch; then bytes of a held span. The exporter writes OTLP and throws it away.
const RATE = 50;
const SECONDS = 62;
const STEP_MS = 10;
const HELD_REQUESTS = 20_000;

const exporter = {
  export(
    spans: Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0],
    done: (result: { code: number }) => void,
  ): void {
    bytesOut += ProtobufTraceSerializer.serializeRequest(spans)?.byteLength ?? 0;
    done({ code: 0 });
  },
  shutdown: () => Promise.resolve(),
  forceFlush: () => Promise.resolve(),
};
let bytesOut = 0;

function readMeter(meter: ReturnType<typeof createPlayedMeter>, joules: number): void {
  const at = instantOf(BigInt(Date.now()) * 1_000_000n);
  meter.read([{ id: "GPU-0", kind: "counter", value: joules, at }]);
}

function createWorker(): {
  processor: FootprintSpanProcessor;
  meter: ReturnType<typeof createPlayedMeter>;
} {
  const meter = createPlayedMeter();
  const processor = new FootprintSpanProcessor({
    next: new BatchSpanProcessor({ exporter }),
    meter,
    zone: "FR",
    intensity: createStaticIntensity(),
    devices: [{ id: "GPU-0", idleWatts: 70, maxWatts: 700 }],
    maxHeldSpans: HELD_REQUESTS * 4,
    log: () => {},
  });
  return { processor, meter };
}

const createProvider = (processor: SpanProcessor): TracerProvider =>
  new TracerProvider({
    spanProcessors: [processor],
    sampler: new FootprintSampler(new AlwaysOnSampler()),
  });

interface Running {
  readonly root: Span;
  readonly parent: Context;
  phase: Span;
  steps: number;
}

function startRequest(tracer: Tracer): Running {
  const root = tracer.startSpan("llm request", {
    attributes: { "gen_ai.request.model": "llama-3.1-8b" },
  });
  const parent = trace.setSpan(ROOT_CONTEXT, root);
  return { root, parent, phase: startPhase(tracer, parent, "prefill", 512), steps: 0 };
}

function startPhase(tracer: Tracer, parent: Context, phase: string, tokens: number): Span {
  return tracer.startSpan(
    `${phase} llama-3.1-8b`,
    {
      attributes: {
        "footprint.inference.phase": phase,
        "footprint.inference.processed_tokens": tokens,
        "gen_ai.request.model": "llama-3.1-8b",
        "footprint.device.ids": ["GPU-0"],
      },
    },
    parent,
  );
}

/** CPU microseconds a second of the loop, its requests included. */
async function run(tracer: Tracer | undefined, seconds: number, tick: () => void): Promise<number> {
  const running: Running[] = [];
  const began = process.cpuUsage();
  const beganMs = performance.now();
  let started = 0;
  for (let ms = 0; ms < seconds * 1000; ms = performance.now() - beganMs) {
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    tick();
    for (const request of running) {
      request.steps++;
      if (request.steps === 6) {
        request.phase.end();
        request.phase = startPhase(tracer as Tracer, request.parent, "decode", 128);
      }
    }
    while ((running[0]?.steps ?? 0) >= 40) {
      const request = running.shift() as Running;
      request.phase.end();
      request.root.end();
    }
    for (; tracer !== undefined && started < (ms / 1000) * RATE; started++) {
      running.push(startRequest(tracer));
    }
  }
  const { user, system } = process.cpuUsage(began);
  return (user + system) / seconds;
}

async function measureCpu(): Promise<void> {
  let joules = 1000;
  let ticks = 0;
  const worker = createWorker();
  const draw = (): void => {
    joules += 3.5;
    if (++ticks % 10 === 0) readMeter(worker.meter, joules);
  };
  const plain = createProvider(new BatchSpanProcessor({ exporter }));
  const priced = createProvider(worker.processor);
  await run(plain.getTracer("warm"), 2, () => {});
  await run(priced.getTracer("warm"), 2, draw);
  const idle = await run(undefined, 5, () => {});
  const base = ((await run(plain.getTracer("bench"), SECONDS, () => {})) - idle) / RATE;
  const ours = ((await run(priced.getTracer("bench"), SECONDS, draw)) - idle) / RATE;
  await Promise.all([plain.shutdown(), priced.shutdown()]);
  process.stdout.write(
    `CPU a request at ${RATE} requests/s over ${SECONDS} s: plain BatchSpanProcessor ${base.toFixed(1)} us, ` +
      `with footprints ${ours.toFixed(1)} us, ratio ${(ours / base).toFixed(2)} (goal 1.3)\n`,
  );
}

function heapBytes(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function fill(processor: SpanProcessor): number {
  const tracer = createProvider(processor).getTracer("bench");
  const before = heapBytes();
  for (let i = 0; i < HELD_REQUESTS; i++) {
    const { root, parent, phase } = startRequest(tracer);
    phase.end();
    startPhase(tracer, parent, "decode", 128).end();
    root.end();
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
  const base = fill(keep);
  const { processor } = createWorker();
  const ours = fill(processor);
  if (kept.length !== processor.heldCount) throw new Error(`${processor.heldCount} spans are held`);
  process.stdout.write(
    `bytes of a held span: the SDK's own ${base.toFixed(0)}, with footprints ${ours.toFixed(0)}, ` +
      `more by ${(ours - base).toFixed(0)} (goal 1024)\n`,
  );
  await processor.shutdown();
}

await measureMemory();
await measureCpu();
if (bytesOut === 0) throw new Error("nothing was exported");

import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import {
  type DeviceReading,
  instantOf,
  type MeterSink,
  type PowerMeter,
} from "@wattspan/footprint";
import { type FootprintOptions, FootprintSpanProcessor } from "@wattspan/sdk";
import { createFixedIntensity } from "@wattspan/sources";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  counterReadings,
  createPlayedMeter,
  type ScriptedRequest,
  stepsOfRequests,
  unixNano,
} from "../in-process.ts";

const BASE_MS = Date.UTC(2026, 10, 24, 12);
const GPU = { id: "GPU-0", idleWatts: 70, maxWatts: 700 };
const STATUS = "footprint.measurement.status";
const REASON = "footprint.attribution.reason";
const TOTAL = "footprint.energy.total";
const REQUEST = "footprint.request.energy";

beforeEach(() => {
  vi.useFakeTimers({ now: BASE_MS, toFake: ["Date", "setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Worker {
  readonly meter: ReturnType<typeof createPlayedMeter>;
  readonly provider: TracerProvider;
  readonly processor: FootprintSpanProcessor;
  readonly exporter: InMemorySpanExporter;
  readonly lines: string[];
  play(requests: readonly ScriptedRequest[], readings?: readonly DeviceReading[]): Promise<void>;
  spans(): ReadableSpan[];
}

function startWorker(options: Partial<FootprintOptions> & { burst?: number } = {}): Worker {
  const exporter = new InMemorySpanExporter();
  const meter = createPlayedMeter();
  const lines: string[] = [];
  const processor = new FootprintSpanProcessor({
    next: new BatchSpanProcessor({ exporter }),
    meter,
    devices: [GPU],
    node: "n",
    zone: "FR",
    intensity: createFixedIntensity({ gramsPerKwh: new Map([["FR", 50]]) }),
    log: (level, message) => void lines.push(`${level}: ${message}`),
    ...options,
  });
  const provider = new TracerProvider({ spanProcessors: [processor] });
  return {
    meter,
    provider,
    processor,
    exporter,
    lines,
    spans: () => [...exporter.getFinishedSpans()],
    async play(requests, readings = []) {
      const steps = [
        ...stepsOfRequests(requests, provider.getTracer("t"), BASE_MS),
        ...readings.map((reading) => ({
          atMs: reading.at.epoch * 60_000 + reading.at.ns / 1e6 - BASE_MS,
          play: () => meter.read([reading]),
        })),
      ].sort((a, b) => a.atMs - b.atMs);
      for (const step of steps) {
        const waitMs = Math.floor(BASE_MS + step.atMs - Date.now());
        if (waitMs > 0) await vi.advanceTimersByTimeAsync(waitMs);
        step.play();
      }
    },
  };
}

/** The exporters answer by timers. */
async function whileTimersRun(work: Promise<void>): Promise<void> {
  await vi.advanceTimersByTimeAsync(5000);
  await work;
}

const ONE: ScriptedRequest = {
  startMs: 1000,
  endMs: 3010,
  phases: [
    { phase: "prefill", startMs: 1000, endMs: 1200, tokens: 100 },
    { phase: "decode", startMs: 1200, endMs: 3000, tokens: 50 },
  ],
};
const readings = counterReadings(GPU.id, BASE_MS, 20_000, 100);
const named = (spans: readonly ReadableSpan[], name: string): ReadableSpan =>
  spans.find((span) => span.name === name) as ReadableSpan;
const energyKeys = (span: ReadableSpan): string[] =>
  Object.keys(span.attributes).filter((key) => /footprint\.(energy|carbon|request)\./.test(key));

describe("a worker's figures when things go wrong", () => {
  it("are missing, never 0, without a meter, and the first line names the setting", async () => {
    const { meter: _, ...rest } = startWorker();
    void rest.provider.shutdown();
    const lines: string[] = [];
    const exporter = new InMemorySpanExporter();
    const processor = new FootprintSpanProcessor({
      next: new SimpleSpanProcessor({ exporter }),
      log: (_level, message) => void lines.push(message),
    });
    const provider = new TracerProvider({ spanProcessors: [processor] });
    for (const { play } of stepsOfRequests([ONE], provider.getTracer("t"), BASE_MS)) play();
    await vi.advanceTimersByTimeAsync(2000);
    const spans = exporter.getFinishedSpans();
    expect(spans).toHaveLength(3);
    for (const span of spans) {
      expect(span.attributes[STATUS]).toBe("missing");
      expect(energyKeys(span)).toEqual([]);
    }
    expect(named(spans, "decode").attributes[REASON]).toBe("no_meter");
    expect(lines).toEqual([expect.stringContaining("set `meter` (WATTSPAN_METER)")]);
  });

  it("say which setting gives grams", async () => {
    const worker = startWorker({ zone: undefined as unknown as string });
    await worker.play([ONE], readings);
    await whileTimersRun(worker.provider.forceFlush());
    expect(named(worker.spans(), "decode").attributes[REASON]).toBe("no_zone");
    expect(named(worker.spans(), "decode").attributes[TOTAL]).toBeGreaterThan(0);
    expect(worker.lines).toEqual([
      expect.stringMatching(/first request: .+ J .+WATTSPAN_GRID_ZONE/),
    ]);
  });

  it("are partial where the meter died, and leave after the wait for it", async () => {
    const worker = startWorker();
    const until = BASE_MS + 2000;
    await worker.play(
      [ONE],
      readings.filter(({ at }) => at.epoch * 60_000 + at.ns / 1e6 <= until),
    );
    await vi.advanceTimersByTimeAsync(9000);
    expect(worker.spans()).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(10_000);
    const spans = worker.spans();
    expect(named(spans, "prefill").attributes[STATUS]).toBe("measured");
    expect(named(spans, "decode").attributes).toMatchObject({
      [STATUS]: "partial",
      [REASON]: "gap",
    });
    expect(named(spans, "llm request").attributes[STATUS]).toBe("partial");
  });

  it("tell once that a meter throws, and once that it is back", async () => {
    let sink: MeterSink | undefined;
    const meter: PowerMeter = {
      name: "bad",
      start(given) {
        sink = given;
        throw new Error("no driver");
      },
      flush: () => Promise.reject(new Error("gone")),
      shutdown: () => new Promise(() => {}),
    };
    const worker = startWorker({ meter });
    sink?.onLost("again");
    sink?.onFound();
    sink?.onFound();
    await worker.play([ONE]);
    await whileTimersRun(worker.provider.shutdown());
    expect(worker.lines.slice(0, 2)).toEqual([
      "error: meter bad gives no readings: no driver",
      "warn: meter bad gives readings again",
    ]);
    expect(worker.lines[2]).toBe("error: meter bad gives no readings: gone");
  });

  it("are partial around a step of the clock", async () => {
    const worker = startWorker();
    const steps = stepsOfRequests([ONE], worker.provider.getTracer("t"), BASE_MS);
    steps[0]?.play();
    steps[1]?.play();
    await vi.advanceTimersByTimeAsync(1500);
    vi.setSystemTime(Date.now() + 60_000);
    await vi.advanceTimersByTimeAsync(1500);
    for (const step of steps.slice(2)) step.play();
    for (const reading of readings) worker.meter.read([reading]);
    await whileTimersRun(worker.provider.forceFlush());
    expect(worker.lines[0]).toContain("the clock stepped by 60000 ms");
    expect(named(worker.spans(), "decode").attributes).toMatchObject({
      [STATUS]: "partial",
      [REASON]: "clock_step",
    });
  });

  it("ignore a second end", async () => {
    const worker = startWorker();
    const steps = stepsOfRequests([ONE], worker.provider.getTracer("t"), BASE_MS);
    for (const { play } of steps) play();
    for (const reading of readings) worker.meter.read([reading]);
    await whileTimersRun(worker.provider.forceFlush());
    const ended = worker.spans();
    for (const span of ended) worker.processor.onEnd(span);
    await whileTimersRun(worker.provider.forceFlush());
    expect(worker.spans()).toHaveLength(3);
    expect(worker.lines.filter((line) => line.includes("ended twice"))).toHaveLength(1);
  });

  it("are provisional where a flush cuts an overlapping phase short, then whole on the request", async () => {
    const worker = startWorker();
    const other: ScriptedRequest = {
      startMs: 1500,
      endMs: 9010,
      phases: [{ phase: "decode", startMs: 1500, endMs: 9000, tokens: 100 }],
    };
    const steps = stepsOfRequests([ONE, other], worker.provider.getTracer("t"), BASE_MS);
    for (const step of steps.filter(({ atMs }) => atMs <= 3000)) step.play();
    for (const reading of readings.slice(0, 40)) worker.meter.read([reading]);
    await whileTimersRun(worker.provider.forceFlush());
    const early = worker.spans();
    expect(early.map(({ name }) => name).sort()).toEqual(["decode", "prefill"]);
    expect(named(early, "decode").attributes[STATUS]).toBe("provisional");
    expect(early.some(({ attributes }) => REQUEST in attributes)).toBe(false);
    for (const step of steps.filter(({ atMs }) => atMs > 3000)) step.play();
    for (const reading of readings.slice(40)) worker.meter.read([reading]);
    await vi.advanceTimersByTimeAsync(20_000);
    const rollUps = worker.spans().filter(({ attributes }) => REQUEST in attributes);
    expect(rollUps.map(({ name }) => name)).toEqual(["llm request", "llm request"]);
    const parts = early.reduce((sum, { attributes }) => sum + (attributes[TOTAL] as number), 0);
    const traceId = early[0]?.spanContext().traceId;
    const whole = rollUps.find((span) => span.spanContext().traceId === traceId);
    expect(whole?.attributes[REQUEST]).toBeCloseTo(parts, 9);
    expect(worker.spans()).toHaveLength(5);
  });

  it("leave early where memory is bounded, every span once", async () => {
    const worker = startWorker({ maxHeldSpans: 10 });
    const many = Array.from({ length: 30 }, () => ONE);
    await worker.play(many);
    expect(worker.processor.heldCount).toBeLessThanOrEqual(10);
    await whileTimersRun(worker.provider.forceFlush());
    const ids = worker.spans().map((span) => span.spanContext().spanId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(worker.lines.filter((line) => line.includes("maxHeldSpans"))).toHaveLength(1);
  });

  it("are mixed with nothing that another process drew", async () => {
    const alone = startWorker();
    await alone.play([ONE], readings);
    await whileTimersRun(alone.provider.forceFlush());
    vi.setSystemTime(BASE_MS);
    let sink: MeterSink | undefined;
    const played = createPlayedMeter();
    const meter: PowerMeter = {
      ...played,
      start(given) {
        sink = given;
        played.start(given);
      },
    };
    const worker = startWorker({ meter });
    const at = (ms: number) => instantOf(unixNano(BASE_MS, ms));
    sink?.onSharedUse({ id: GPU.id, from: at(0), to: at(500), othersShare: 0 });
    for (const { play } of stepsOfRequests([ONE], worker.provider.getTracer("t"), BASE_MS)) play();
    for (const reading of readings) played.read([reading]);
    sink?.onSharedUse({ id: GPU.id, from: at(500), to: at(1200), othersShare: 0.75 });
    sink?.onSharedUse({ id: GPU.id, from: at(1200), to: at(2000) });
    await whileTimersRun(worker.provider.forceFlush());
    const whole = named(alone.spans(), "prefill").attributes[TOTAL] as number;
    const prefill = named(worker.spans(), "prefill").attributes;
    expect(prefill[TOTAL]).toBeCloseTo(whole / 4, 6);
    expect(prefill[STATUS]).toBe("measured");
    expect(named(worker.spans(), "decode").attributes).toMatchObject({
      [STATUS]: "partial",
      [REASON]: "other_process",
    });
  });
});

describe("spans on their way out", () => {
  it("overflow no default batch queue", async () => {
    const worker = startWorker();
    const many = Array.from({ length: 3000 }, () => ONE);
    for (const { play } of stepsOfRequests(many, worker.provider.getTracer("t"), BASE_MS)) play();
    for (const reading of readings) worker.meter.read([reading]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(worker.spans()).toHaveLength(9000);
    expect(new Set(worker.spans().map((span) => span.spanContext().spanId)).size).toBe(9000);
  });

  it("never leave twice: beside another exporting processor none of ours leaves, and it is said", async () => {
    const exporter = new InMemorySpanExporter();
    const lines: string[] = [];
    const processor = new FootprintSpanProcessor({
      next: new SimpleSpanProcessor({ exporter }),
      log: (_, message) => void lines.push(message),
    });
    const provider = new TracerProvider({
      spanProcessors: [processor, new SimpleSpanProcessor({ exporter })],
    });
    for (const { play } of stepsOfRequests([ONE], provider.getTracer("t"), BASE_MS)) play();
    provider.getTracer("t").startSpan("plain").end();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(exporter.getFinishedSpans()).toHaveLength(4);
    expect(lines[0]).toContain("SimpleSpanProcessor exports the same spans");
  });

  it("are untouched and at once where they are no phase and no request", async () => {
    const exporter = new InMemorySpanExporter();
    const processor = new FootprintSpanProcessor({ next: new SimpleSpanProcessor({ exporter }) });
    const provider = new TracerProvider({ spanProcessors: [processor] });
    const span = provider.getTracer("t").startSpan("plain");
    span.end();
    expect(exporter.getFinishedSpans()[0]).toBe(span);
    await whileTimersRun(provider.shutdown());
    await provider.shutdown();
  });

  it("carry the roll-up on the first phase where the request's span is elsewhere", async () => {
    const worker = startWorker();
    const tracer = worker.provider.getTracer("t");
    const { trace, ROOT_CONTEXT } = await import("@opentelemetry/api");
    const parent = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: "1".repeat(32),
      spanId: "2".repeat(16),
      traceFlags: 1,
      isRemote: true,
    });
    for (const { phase, startMs, endMs, tokens } of ONE.phases) {
      const attributes = {
        "footprint.inference.phase": phase,
        "footprint.inference.processed_tokens": tokens as number,
      };
      tracer
        .startSpan(phase, { startTime: BASE_MS + startMs, attributes }, parent)
        .end(BASE_MS + endMs);
    }
    for (const reading of readings) worker.meter.read([reading]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(worker.spans()).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(15_000);
    const spans = worker.spans();
    expect(spans.filter(({ attributes }) => REQUEST in attributes).map(({ name }) => name)).toEqual(
      ["prefill"],
    );
  });
});

import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { type DeviceReading, deviceKey, unixNanoOf } from "@wattspan/footprint";
import { createPipeline, type PipelineOptions } from "@wattspan/gateway";
import { attributesOf, createTraceScanner, spanIdOf } from "@wattspan/otlp";
import { CarbonSpanExporter, FootprintSampler, FootprintSpanProcessor } from "@wattspan/sdk";
import { createStaticIntensity } from "@wattspan/sources";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defaultPipeline } from "../default-pipeline.ts";
import {
  counterReadings,
  createCountedIds,
  createPlayedMeter,
  randomRequests,
  type ScriptedRequest,
  type Step,
  stepsOfRequests,
} from "../in-process.ts";

const BASE_MS = Date.UTC(2026, 10, 24, 9, 59, 40);
const NODE = "worker-1";
const DEVICES = ["GPU-0", "GPU-1"].map((id) => ({ id, idleWatts: 70, maxWatts: 700 }));
const PLACE = { zone: "FR", pue: 1.2 };
const requests = randomRequests(200, 7, ["GPU-0", "GPU-1"]);
const readings = DEVICES.flatMap(({ id }) => counterReadings(id, BASE_MS, 90_000, 100));

beforeEach(() => {
  vi.useFakeTimers({ now: BASE_MS, toFake: ["Date", "setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const msOf = ({ at }: DeviceReading): number => Number(unixNanoOf(at) / 1_000_000n) - BASE_MS;

async function playAll(steps: readonly Step[]): Promise<void> {
  for (const step of [...steps].sort((a, b) => a.atMs - b.atMs)) {
    const waitMs = Math.floor(BASE_MS + step.atMs - Date.now());
    if (waitMs > 0) await vi.advanceTimersByTimeAsync(waitMs);
    step.play();
  }
}

const resource = resourceFromAttributes({ "host.name": NODE, "service.name": "worker" });

async function runInProcess(
  script: readonly ScriptedRequest[],
  meterReadings: readonly DeviceReading[],
  sampler?: Sampler,
  isPricedAtExport = false,
): Promise<ReadableSpan[]> {
  const exporter = new InMemorySpanExporter();
  const meter = createPlayedMeter();
  const intensity = createStaticIntensity();
  const outer = isPricedAtExport ? new CarbonSpanExporter(exporter, intensity) : exporter;
  const processor = new FootprintSpanProcessor({
    next: new BatchSpanProcessor({ exporter: outer }),
    meter,
    node: NODE,
    devices: DEVICES,
    ...PLACE,
    ...(isPricedAtExport ? {} : { intensity }),
    log: () => {},
  });
  const provider = new TracerProvider({
    resource,
    idGenerator: createCountedIds(),
    spanProcessors: [processor],
    sampler: new FootprintSampler(sampler ?? new AlwaysOnSampler()),
  });
  await playAll([
    ...stepsOfRequests(script, provider.getTracer("worker"), BASE_MS),
    ...meterReadings.map((reading) => ({ atMs: msOf(reading), play: () => meter.read([reading]) })),
  ]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(processor.heldCount, "spans that did not leave by themselves").toBe(0);
  await provider.forceFlush();
  const spans = exporter.getFinishedSpans();
  await provider.shutdown();
  return spans;
}

async function recordRaw(script: readonly ScriptedRequest[]): Promise<ReadableSpan[]> {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource,
    idGenerator: createCountedIds(),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  await playAll(stepsOfRequests(script, provider.getTracer("worker"), BASE_MS));
  await vi.advanceTimersByTimeAsync(1000);
  return exporter.getFinishedSpans();
}

function replay(
  spans: readonly ReadableSpan[],
  meterReadings: readonly DeviceReading[],
): Map<string, Map<string, unknown>> {
  const options: PipelineOptions = {
    ...defaultPipeline,
    nodes: [{ name: NODE, aliases: [], ...PLACE, devices: DEVICES }],
    intensity: createStaticIntensity(),
  };
  const left = new Map<string, Map<string, unknown>>();
  const scanner = createTraceScanner({ names: [], keys: [] });
  const pipeline = createPipeline(
    options,
    (signal, encoding, body) => {
      if (signal !== "traces") return true;
      const table = scanner.scan(body, encoding);
      for (let i = 0; i < table.count; i++) {
        left.set(spanIdOf(table, i), footprintIn(attributesOf(table, i)));
      }
      return true;
    },
    () => BASE_MS + 120_000,
  );
  const body = ProtobufTraceSerializer.serializeRequest([...spans]);
  pipeline.accept("traces", "protobuf", body as Uint8Array);
  pipeline.addReadings(
    meterReadings.map(({ id, ...reading }) => ({ ...reading, device: deviceKey(NODE, id) })),
  );
  pipeline.finish(BASE_MS + 120_000);
  return left;
}

/** What both sides say of a span; an int is a bigint in OTLP and a whole number in the SDK. */
function footprintIn(attributes: Iterable<readonly [string, unknown]>): Map<string, unknown> {
  return new Map(
    [...attributes]
      .filter(([key]) => key.startsWith("footprint."))
      .map(([key, value]): [string, unknown] => [
        key,
        typeof value === "bigint" ? Number(value) : value,
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const figuresOf = (spans: readonly ReadableSpan[]): Map<string, Map<string, unknown>> =>
  new Map(
    spans.map((span) => [span.spanContext().spanId, footprintIn(Object.entries(span.attributes))]),
  );

describe("the same spans and readings in process and by replay", () => {
  it.each([
    ["priced as they settle", false],
    ["priced at export", true],
  ])("give the same attributes bit for bit, %s", async (_, isPricedAtExport) => {
    const inProcess = figuresOf(
      await runInProcess(requests, readings, undefined, isPricedAtExport),
    );
    vi.setSystemTime(BASE_MS);
    const replayed = replay(await recordRaw(requests), readings);
    const roots = requests.filter(({ isRootElsewhere }) => !isRootElsewhere).length;
    expect(inProcess.size).toBe(requests.reduce((sum, { phases }) => sum + phases.length, roots));
    expect([...inProcess.keys()].sort()).toEqual([...replayed.keys()].sort());
    let charged = 0;
    for (const [spanId, figures] of inProcess) {
      expect(figures, spanId).toEqual(replayed.get(spanId));
      if (figures.has("footprint.energy.total")) charged++;
    }
    expect(charged).toBe(requests.length * 2);
    const rolledUp = [...inProcess.values()].filter((f) => f.has("footprint.request.energy"));
    expect(rolledUp).toHaveLength(requests.length);
    const statuses = new Set(
      [...inProcess.values()].map((f) => f.get("footprint.measurement.status")),
    );
    expect([...statuses].sort()).toEqual(["measured", "partial"]);
  });

  it("charges as much where a tenth is sampled", async () => {
    const all = figuresOf(await runInProcess(requests, readings));
    vi.setSystemTime(BASE_MS);
    const tenth = await runInProcess(requests, readings, new TraceIdRatioBasedSampler(0.1));
    expect(tenth.length).toBeGreaterThan(10);
    expect(tenth.length).toBeLessThan(all.size / 4);
    for (const [spanId, figures] of figuresOf(tenth)) {
      expect(figures, spanId).toEqual(all.get(spanId));
    }
  });
});

import type { EngineCount, MeterReading } from "@wattspan/footprint";
import { unixNanoOf } from "@wattspan/footprint";
import type { NodeOptions, Pipeline, PipelineOptions, WorkerRow } from "@wattspan/gateway";
import type { ResourceModel } from "../../conformance/arbitrary-request.ts";
import { writeRequest } from "../../conformance/write-request.ts";
import { enginePipeline } from "../../engine-pipeline.ts";
import { makeCounts } from "./counts.ts";
import { steppedIntensity } from "./grid.ts";
import { makeReadings } from "./meters.ts";
import type { Random } from "./random.ts";
import { makeRequest, type SentSpan } from "./requests.ts";

/** Something that arrives at the pipeline, and the first moment at which it can, ms since 1970. */
export interface Step {
  readonly atMs: number;
  play(pipeline: Pipeline): void;
}

const T0_NS = 1_795_003_217_345_678_901n;
/** Over an hour's start, in which zones change their factor. */
const RECORDED_SECONDS = 720;

/** Two requests every three seconds. */
export const REQUESTS = 540;

/** Eight devices on three nodes in three zones; nothing but the clock, the meters and the rows tells them apart. */
export const sceneOptions: PipelineOptions = {
  ...enginePipeline({ lingerMs: 10_000, holdMs: 300_000, exportDelayMs: 5000 }),
  nodes: [
    node("node-a", "ZONE-A", 1.2, ["GPU-0", "GPU-1", "GPU-2", "GPU-3"], { idleWatts: 70 }),
    node("node-b", "ZONE-B", 1.5, ["GPU-4", "GPU-5", "GPU-6"], { idleWatts: 90 }),
    { ...node("node-c", "ZONE-C", 1, [], {}), devices: [{ id: "GPU-7" }] },
  ],
  workers: [
    worker("dynamo-prefill-1", "node-a", ["GPU-0"]),
    worker("dynamo-prefill-2", "node-a", ["GPU-1"]),
    worker("dynamo-decode-1", "node-b", ["GPU-4", "GPU-5"]),
    worker("dynamo-decode-2", "node-b"),
    worker("vllm", "node-c"),
  ],
  intensity: steppedIntensity,
};

/** Every span and reading of a recorded time; the same for the same throws. */
export interface Scene {
  readonly spans: readonly SentSpan[];
  readonly readings: readonly MeterReading[];
  readonly counts: readonly EngineCount[];
}

/** Makes the recorded time. */
export function makeScene(random: Random): Scene {
  const spans: SentSpan[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    const startNs = T0_NS + BigInt(random.below(RECORDED_SECONDS * 1e6)) * 1000n;
    spans.push(...sampled(makeRequest(random, startNs), random));
  }
  const doubles = spans.filter(() => random.chance(0.05));
  const poorer = spans.filter(() => random.chance(0.03)).map(withoutLastAttribute);
  const endNs = T0_NS + BigInt(RECORDED_SECONDS + 120) * 1_000_000_000n;
  return {
    spans: [...spans, ...doubles, ...poorer],
    readings: makeReadings(random, T0_NS - 20_000_000_000n, endNs),
    counts: makeCounts(random, T0_NS - 20_000_000_000n, endNs),
  };
}

/** Cuts a scene into OTLP requests of a few spans each, of any traces, and into a few readings each. */
export function cutScene({ spans, readings, counts }: Scene, random: Random): readonly Step[] {
  const steps: Step[] = [];
  // Neighbours in time are sent together most of the time.
  const order = [...spans].sort((a, b) => Number(a.span.endUnixNano - b.span.endUnixNano));
  const mixed = random.chance(0.5) ? order : random.shuffled(order);
  for (const batch of cut(mixed, 6, random)) {
    const noise = Array.from({ length: 64 }, () => random.below(65_536));
    const body = writeRequest({ resources: resourcesOf(batch), noise });
    const endNs = batch.map(({ span }) => span.endUnixNano).reduce((a, b) => (a > b ? a : b));
    steps.push({
      atMs: Number(endNs / 1_000_000n),
      play: (pipeline) => void pipeline.accept("traces", "protobuf", body),
    });
  }
  for (const batch of cut(readings, 20, random)) {
    steps.push({
      atMs: Math.max(...batch.map(({ at }) => Number(unixNanoOf(at) / 1_000_000n))),
      play: (pipeline) => pipeline.addReadings(batch),
    });
  }
  for (const batch of cut(counts, 10, random)) {
    steps.push({
      atMs: Math.max(...batch.map(({ at }) => Number(unixNanoOf(at) / 1_000_000n))),
      play: (pipeline) => pipeline.addCounts(batch),
    });
  }
  return steps;
}

/** Some traces are sampled: then their spans say so, though not all of them, and not all alike. */
function sampled(spans: readonly SentSpan[], random: Random): readonly SentSpan[] {
  if (random.chance(0.7)) return spans;
  const states = ["ot=th:8", "ot=th:c", "ot=th:e6666666666666;rv:0123456789abcd", ""];
  return spans.map(({ service, span }) => {
    const traceState = states[random.below(states.length)] as string;
    return { service, span: { ...span, traceState } };
  });
}

/** Pieces of one to `most` items. */
function cut<T>(items: readonly T[], most: number, random: Random): T[][] {
  const pieces: T[][] = [];
  let from = 0;
  while (from < items.length) {
    const to = from + random.between(1, most);
    pieces.push(items.slice(from, to));
    from = to;
  }
  return pieces;
}

function resourcesOf(batch: readonly SentSpan[]): ResourceModel[] {
  const byService = new Map<string, SentSpan[]>();
  for (const one of batch) byService.set(one.service, [...(byService.get(one.service) ?? []), one]);
  return [...byService].map(([service, own]) => ({
    attributes: [["service.name", service]],
    schemaUrl: "",
    scopes: [{ name: "engine", schemaUrl: "", spans: own.map(({ span }) => span) }],
  }));
}

/** A sender that knew less of the same span. */
function withoutLastAttribute({ service, span }: SentSpan): SentSpan {
  return { service, span: { ...span, attributes: span.attributes.slice(0, -1) } };
}

function node(
  name: string,
  zone: string,
  pue: number,
  ids: readonly string[],
  watts: { readonly idleWatts?: number },
): NodeOptions {
  return {
    name,
    aliases: [],
    zone,
    pue,
    devices: ids.map((id) => ({ id, maxWatts: 700, ...watts })),
  };
}

function worker(service: string, name: string, devices?: readonly string[]): WorkerRow {
  const match = new Map([["service.name", service]]);
  return { match, node: name, ...(devices === undefined ? {} : { devices }) };
}

import { type EmissionFactor, instantOf, type MeterReading } from "@wattspan/footprint";
import { attributesOf, createTraceScanner, nameOf, spanIdOf } from "@wattspan/otlp";
import { createPipeline, type Pipeline, type PipelineObserver } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";

/** Start of an epoch, ms. */
export const T0 = 1_795_000_020_000;

/** One node with one device of 100 W idle power, PUE 2, and a worker on it. */
export const oneDevice: PipelineOptions = {
  nodes: [
    {
      name: "node-a",
      aliases: [],
      pue: 2,
      devices: [{ id: "GPU-1", idleWatts: 100, maxWatts: 700 }],
    },
  ],
  workers: [{ match: new Map([["service.name", "worker"]]), node: "node-a" }],
  intensity: undefined,
  join: {
    lingerMs: 2000,
    holdMs: 20_000,
    keepMs: 4_200_000,
    maxPhaseMs: 3_600_000,
    exportDelayMs: 1000,
  },
  attribution: { weights: "tokens", decodeTokenPrice: 8 },
  meters: { maxCounterGapMs: 600_000, maxPowerGapMs: 120_000, gainError: 0, maxClockSkewMs: 0 },
  attributes: "standard",
  dimensions: new Map([["tenant", ["tenant.id"]]]),
};

/** A factor of no provider in particular, over a range of time. */
export function factorOf(
  zone: string,
  gramsPerKwh: number,
  more: Pick<EmissionFactor, "from" | "to"> & Partial<EmissionFactor>,
): EmissionFactor {
  return {
    id: `${zone} at ${gramsPerKwh}`,
    zone,
    gramsPerKwh,
    signal: "average",
    basis: "lifecycle",
    accounting: "location_based",
    tier: "yearly_zone",
    provider: "static",
    datasetVersion: "1",
    licence: "none",
    ...more,
  };
}

type Value = string | number | bigint | readonly string[];

/** A span of OTLP/JSON in few words: one digit a trace and a span id, times in ms after `T0`. */
export interface SpanDraft {
  readonly trace?: string;
  readonly id: string;
  readonly parent?: string;
  readonly name?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly traceState?: string;
  readonly attributes?: Readonly<Record<string, Value>>;
}

/** Attributes of a span that marks itself as a phase. */
export function phaseOf(
  phase: "prefill" | "decode",
  tokens: number | bigint,
  more: Readonly<Record<string, Value>> = {},
): Readonly<Record<string, Value>> {
  return {
    "footprint.inference.phase": phase,
    "footprint.inference.processed_tokens": BigInt(tokens),
    ...more,
  };
}

/** An OTLP/JSON request of these spans, under one worker's resource. */
export function requestOf(
  spans: readonly SpanDraft[],
  { service = "worker", baseMs = T0 }: { service?: string; baseMs?: number } = {},
): Uint8Array {
  const nanos = (ms: number): string => String(BigInt(baseMs + ms) * 1_000_000n);
  const written = spans.map(
    ({ trace = "a", id, parent, name = "span", traceState = "", attributes = {}, ...at }) => ({
      traceId: trace.repeat(32),
      spanId: id.repeat(16),
      ...(parent === undefined ? {} : { parentSpanId: parent.repeat(16) }),
      name,
      traceState,
      kind: 1,
      startTimeUnixNano: nanos(at.fromMs ?? 0),
      endTimeUnixNano: nanos(at.toMs ?? 10_000),
      attributes: attributesFrom(attributes),
    }),
  );
  const resource = { attributes: attributesFrom({ "service.name": service }) };
  const request = { resourceSpans: [{ resource, scopeSpans: [{ spans: written }] }] };
  return new TextEncoder().encode(JSON.stringify(request));
}

function attributesFrom(attributes: Readonly<Record<string, Value>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueFrom(value) }));
}

function valueFrom(value: Value): object {
  if (typeof value === "bigint") return { intValue: String(value) };
  if (typeof value === "number") return { doubleValue: value };
  if (typeof value === "string") return { stringValue: value };
  return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
}

/** An OTLP/JSON request of metrics of one engine of the worker at `ms` after `T0`: sums end in `+`. */
export function metricsOf(ms: number, values: Readonly<Record<string, number>>): Uint8Array {
  const time = String(BigInt(T0 + ms) * 1_000_000n);
  const metrics = Object.entries(values).map(([written, asDouble]) => {
    const isSum = written.endsWith("+");
    const name = isSum ? written.slice(0, -1) : written;
    const attributes = attributesFrom({ engine: "0", model_name: "llama" });
    const dataPoints = [{ timeUnixNano: time, asDouble, attributes }];
    const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints };
    return isSum ? { name, sum } : { name, gauge: { dataPoints } };
  });
  const resource = { attributes: attributesFrom({ "service.name": "worker" }) };
  const request = { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] };
  return new TextEncoder().encode(JSON.stringify(request));
}

/** Readings of a counter at 500 W, one a second. */
export function meterAt500W(
  fromSecond: number,
  toSecond: number,
  { device = "node-a/GPU-1", baseMs = T0 }: { device?: string; baseMs?: number } = {},
): MeterReading[] {
  return Array.from({ length: toSecond - fromSecond + 1 }, (_, i) => ({
    device,
    kind: "counter" as const,
    value: 1000 + (fromSecond + i) * 500,
    at: instantOf(BigInt(baseMs + (fromSecond + i) * 1000) * 1_000_000n),
  }));
}

/** A span as it left. */
export interface SentSpan {
  readonly name: string;
  /** The digit it was drafted with, for spans of the draft. */
  readonly id: string;
  readonly attributes: ReadonlyMap<string, unknown>;
}

/** A pipeline in virtual time that keeps what it sends. */
export function startPipeline(
  options: Partial<PipelineOptions> = {},
  observer: PipelineObserver = {},
): { pipeline: Pipeline; sent: SentSpan[]; clock: { nowMs: number } } {
  const sent: SentSpan[] = [];
  const clock = { nowMs: T0 };
  const scanner = createTraceScanner({ names: [], keys: [] });
  const pipeline = createPipeline(
    { ...oneDevice, ...options },
    (signal, encoding, body) => {
      if (signal !== "traces") return true;
      const table = scanner.scan(body, encoding);
      for (let i = 0; i < table.count; i++) {
        sent.push({
          name: nameOf(table, i),
          id: spanIdOf(table, i).slice(0, 1),
          attributes: attributesOf(table, i),
        });
      }
      return true;
    },
    () => clock.nowMs,
    observer,
  );
  return { pipeline, sent, clock };
}

import { unixNanoOf } from "@wattspan/footprint";
import { createPipeline, type PipelineOptions, type Summary } from "@wattspan/gateway";
import { decodeMessage } from "../conformance/otlp-proto.ts";
import type { Arrival } from "./arrivals.ts";
import { encodeSpans } from "./encode-spans.ts";
import { type FleetWorker, fleetNodes } from "./fleet.ts";
import { readCounters } from "./read-meters.ts";
import { type FleetSpan, serve } from "./serve.ts";

/** Start of the simulated time, ms since 1970. */
const FIRST_MS = 1_795_500_000_000;
const TICK_MS = 1000;
/** A process exports what ended every five seconds, the SDK's default. */
const EXPORT_EVERY_MS = 5000;
const READ_EVERY_MS = 1000;

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What became of an hour. */
export interface PlayedHour {
  readonly requests: number;
  readonly phases: number;
  /** Phases whose figure was corrected after it left. */
  readonly restated: number;
  /** From the end of a phase until its figure, or its correction, left. */
  readonly leftAfterMs: Quantiles;
  readonly correctedAfterMs: Quantiles;
  readonly mostHeldSpans: number;
  readonly mostLedgerBytes: number;
  readonly mostHeapBytes: number;
  readonly summary: Summary;
}

/** Plays arrivals through the gateway's pipeline in virtual time, spans and readings as they would come. */
export function playHour(
  arrivals: readonly Arrival[],
  workers: readonly FleetWorker[],
  options: PipelineOptions,
): PlayedHour {
  const { spans, busy } = serve(arrivals, workers, FIRST_MS);
  const lastMs = Math.max(...spans.slice(-5000).map((span) => msOf(span.endUnixNano)));
  const devices = fleetNodes.flatMap(({ name, devices }) =>
    devices.map(({ id }) => `${name}/${id}`),
  );
  const exports = batch(spans);
  const readings = readCounters(devices, busy, FIRST_MS - 1000, lastMs + 60_000, READ_EVERY_MS);
  const reads = groupBy(readings, (reading) => msOf(unixNanoOf(reading.at)));
  const leftAfterMs: number[] = [];
  const correctedAfterMs: number[] = [];
  let nowMs = FIRST_MS;
  let mostHeldSpans = 0;
  let mostLedgerBytes = 0;
  let mostHeapBytes = 0;
  const pipeline = createPipeline(
    options,
    (signal, _encoding, body) => {
      if (signal !== "traces") return true;
      for (const span of spansWithFigures(body)) {
        const lateMs = nowMs - msOf(BigInt(span.endTimeUnixNano));
        (span.name === "restatement" ? correctedAfterMs : leftAfterMs).push(lateMs);
      }
      return true;
    },
    () => nowMs,
  );
  const endMs = lastMs + options.join.holdMs * 2 + 60_000;
  for (; nowMs <= endMs; nowMs += TICK_MS) {
    for (const body of exports.get(nowMs) ?? []) pipeline.accept("traces", "protobuf", body);
    pipeline.addReadings(reads.get(nowMs) ?? []);
    pipeline.tick(nowMs);
    mostHeldSpans = Math.max(mostHeldSpans, pipeline.heldCount);
    mostLedgerBytes = Math.max(mostLedgerBytes, pipeline.byteLength);
    if (nowMs % 60_000 === 0)
      mostHeapBytes = Math.max(mostHeapBytes, process.memoryUsage().heapUsed);
  }
  const summary = pipeline.summary();
  return {
    requests: arrivals.length,
    phases: leftAfterMs.length,
    restated: new Set(summary.restatements.map(({ spanId }) => spanId)).size,
    leftAfterMs: quantiles(leftAfterMs),
    correctedAfterMs: quantiles(correctedAfterMs),
    mostHeldSpans,
    mostLedgerBytes,
    mostHeapBytes,
    summary,
  };
}

/** Export requests by the tick at which they come. */
function batch(spans: readonly FleetSpan[]): Map<number, Uint8Array[]> {
  const services = [...new Set(spans.map(({ service }) => service))];
  const batches = groupBy(spans, (span) => {
    const offsetMs = (services.indexOf(span.service) * 700) % EXPORT_EVERY_MS;
    const endMs = msOf(span.endUnixNano) - FIRST_MS + offsetMs;
    const exportMs = (Math.floor(endMs / EXPORT_EVERY_MS) + 1) * EXPORT_EVERY_MS - offsetMs;
    return FIRST_MS + Math.ceil(exportMs / TICK_MS) * TICK_MS;
  });
  return new Map(
    [...batches].map(([atMs, batched]) => [
      atMs,
      [...groupBy(batched, ({ service }) => service).values()].map(encodeSpans),
    ]),
  );
}

interface SentSpan {
  readonly name: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly { readonly key: string }[];
}

function spansWithFigures(body: Uint8Array): SentSpan[] {
  if (!Buffer.from(body).includes("footprint.energy.total")) return [];
  const { resourceSpans } = decodeMessage("ExportTraceServiceRequest", body) as unknown as {
    resourceSpans: readonly { scopeSpans: readonly { spans: readonly SentSpan[] }[] }[];
  };
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .filter(({ attributes }) => attributes?.some(({ key }) => key === "footprint.energy.total"));
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

const msOf = (unixNano: bigint): number => Number(unixNano / 1_000_000n);

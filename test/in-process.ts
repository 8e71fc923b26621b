import { createHash } from "node:crypto";
import { type Context, ROOT_CONTEXT, type Span, SpanKind, trace } from "@opentelemetry/api";
import {
  type DeviceReading,
  instantOf,
  type MeterSink,
  type PowerMeter,
} from "@wattspan/footprint";

/** A marked phase of a scripted request, times in ms from the script's start. */
interface ScriptedPhase {
  readonly phase: "prefill" | "decode" | "kv_transfer";
  readonly startMs: number;
  readonly endMs: number;
  readonly tokens?: number;
  readonly devices?: readonly string[];
}

/** A request and its phases, in the order in which they start. */
export interface ScriptedRequest {
  readonly startMs: number;
  readonly endMs: number;
  readonly phases: readonly ScriptedPhase[];
  /** The span above the phases is another process's. */
  readonly isRootElsewhere?: boolean;
}

/** Something that happens at a time; equal times keep their order. */
export interface Step {
  readonly atMs: number;
  play(): void;
}

interface TracerLike {
  startSpan(name: string, options: object, parent?: Context): unknown;
}

/** Ids that depend on the order of calls alone, so that two runs give the same. */
export function createCountedIds(): { generateTraceId(): string; generateSpanId(): string } {
  let count = 0;
  const next = (length: number): string => digest(`${++count}`, length);
  return { generateTraceId: () => next(32), generateSpanId: () => next(16) };
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

/** A meter that plays what it is told. */
export function createPlayedMeter(): PowerMeter & {
  read(readings: readonly DeviceReading[]): void;
} {
  let sink: MeterSink | undefined;
  return {
    name: "played",
    start(given) {
      sink = given;
    },
    read: (readings) => sink?.onReadings(readings),
    flush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

/** Nanoseconds since 1970, exact where a double of ms is not. */
export function unixNano(baseMs: number, ms: number): bigint {
  return BigInt(baseMs) * 1_000_000n + BigInt(Math.round(ms * 1e6));
}

function hrTimeOf(nano: bigint): [number, number] {
  return [Number(nano / 1_000_000_000n), Number(nano % 1_000_000_000n)];
}

/** Starts and ends the spans of the requests with a tracer of whichever SDK. */
export function stepsOfRequests(
  requests: readonly ScriptedRequest[],
  tracer: TracerLike,
  baseMs: number,
): Step[] {
  const steps: Step[] = [];
  const time = (ms: number): [number, number] => hrTimeOf(unixNano(baseMs, ms));
  for (const request of requests) {
    let root: Span | undefined;
    const elsewhere = {
      traceId: digest(`trace ${request.startMs}`, 32),
      spanId: digest(`span ${request.startMs}`, 16),
      traceFlags: 1,
      isRemote: true,
    };
    steps.push({
      atMs: request.startMs,
      play() {
        if (request.isRootElsewhere) return;
        root = tracer.startSpan("llm request", {
          kind: SpanKind.SERVER,
          startTime: time(request.startMs),
          attributes: { "gen_ai.request.model": "llama" },
        }) as Span;
      },
    });
    for (const phase of request.phases) {
      let span: Span;
      steps.push({
        atMs: phase.startMs,
        play() {
          const attributes = {
            "footprint.inference.phase": phase.phase,
            ...(phase.tokens === undefined
              ? {}
              : { "footprint.inference.processed_tokens": phase.tokens }),
            ...(phase.devices === undefined ? {} : { "footprint.device.ids": [...phase.devices] }),
          };
          const parent =
            root === undefined
              ? trace.setSpanContext(ROOT_CONTEXT, elsewhere)
              : trace.setSpan(ROOT_CONTEXT, root);
          const options = { startTime: time(phase.startMs), attributes };
          span = tracer.startSpan(phase.phase, options, parent) as Span;
        },
      });
      steps.push({ atMs: phase.endMs, play: () => span.end(time(phase.endMs)) });
    }
    steps.push({ atMs: request.endMs, play: () => root?.end(time(request.endMs)) });
  }
  return steps.sort((a, b) => a.atMs - b.atMs);
}

/** Counter readings of a device every `everyMs`, drawing a power that changes all the time. */
export function counterReadings(
  id: string,
  baseMs: number,
  untilMs: number,
  everyMs: number,
): DeviceReading[] {
  const readings: DeviceReading[] = [];
  let joules = 1000;
  for (let ms = 0; ms <= untilMs; ms += everyMs) {
    readings.push({ id, kind: "counter", value: joules, at: instantOf(unixNano(baseMs, ms)) });
    joules += ((70 + 600 * Math.abs(Math.sin(ms / 777))) * everyMs) / 1000;
  }
  return readings;
}

/** Requests of prefill and decode that overlap, from a seed. */
export function randomRequests(
  count: number,
  seed: number,
  devices: readonly string[],
): ScriptedRequest[] {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, (_, i) => {
    const startMs = 500 + i * 350 + random() * 200;
    const prefillMs = startMs + 5 + random() * 20;
    const firstMs = prefillMs + 40 + random() * 300;
    const decodeMs = firstMs + 200 + random() * 4000;
    const on = i % 3 === 0 ? {} : { devices: [devices[i % devices.length] as string] };
    return {
      startMs,
      endMs: decodeMs + 3,
      isRootElsewhere: i % 11 === 0,
      phases: [
        { phase: "prefill", startMs: prefillMs, endMs: firstMs, tokens: 100 + i, ...on },
        ...(i % 5 === 0
          ? [{ phase: "kv_transfer" as const, startMs: firstMs, endMs: firstMs + 8, ...on }]
          : []),
        {
          phase: "decode",
          startMs: firstMs,
          endMs: decodeMs,
          ...(i % 7 === 0 ? {} : { tokens: 20 + (i % 40) }),
          ...on,
        },
      ],
    };
  });
}

import type { PipelineOptions } from "@wattspan/gateway";
import type { Encoding } from "@wattspan/otlp";
import { otlpType } from "../conformance/otlp-proto.ts";

/** A request of one sender. */
export interface Sent {
  readonly signal: "traces" | "metrics";
  readonly encoding: Encoding;
  readonly body: Uint8Array;
  /** Trace and span ids, each pair one text. */
  readonly spanKeys: readonly string[];
}

/** The machine that all phases run on. */
export const NODE = { name: "node-a", device: "GPU-1", idleWatts: 100, maxWatts: 700 };

/** That machine and its worker, as a pipeline takes them. */
export const FLEET: Pick<PipelineOptions, "nodes" | "workers"> = {
  nodes: [
    {
      name: NODE.name,
      aliases: [],
      devices: [{ id: NODE.device, idleWatts: NODE.idleWatts, maxWatts: NODE.maxWatts }],
    },
  ],
  workers: [
    { match: new Map([["service.name", "worker"]]), node: NODE.name, devices: [NODE.device] },
  ],
};

/** Spans of a trace that are no phase and no request. */
const PASSING_SPANS = 3;

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");
const traceIdOf = (number: number): string => hex(number + 1, 32);
const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);

interface Drafted {
  readonly number: number;
  readonly id: number;
  readonly parent?: number;
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly attributes?: Readonly<Record<string, object>>;
}

/**
 * What two senders say of trace `number`, whose request ended at `endMs`: the service in front its spans, the worker a
 * prefill and a decode.
 */
export function makeTrace(
  number: number,
  endMs: number,
  encoding: Encoding,
): readonly [Sent, Sent] {
  const startMs = endMs - 600 - (number % 7) * 50;
  const prefillEndMs = startMs + 100 + (number % 5) * 20;
  const front = Array.from({ length: PASSING_SPANS + 1 }, (_, i): Drafted => {
    const at = { number, id: i + 1, fromMs: startMs, toMs: endMs };
    return i === 0 ? { ...at, name: "request" } : { ...at, parent: 1, name: `step ${i}` };
  });
  const phase = (name: string, tokens: number): Readonly<Record<string, object>> => ({
    "footprint.inference.phase": { stringValue: name },
    "footprint.inference.processed_tokens": { intValue: String(tokens) },
  });
  const worker: readonly Drafted[] = [
    {
      ...{ number, id: 10, parent: 1, name: "prefill", fromMs: startMs, toMs: prefillEndMs },
      attributes: phase("prefill", 100 + (number % 11) * 37),
    },
    {
      ...{ number, id: 11, parent: 1, name: "decode", fromMs: prefillEndMs, toMs: endMs },
      attributes: phase("decode", 20 + (number % 13) * 5),
    },
  ];
  return [requestOf("front", front, encoding), requestOf("worker", worker, encoding)];
}

function requestOf(service: string, spans: readonly Drafted[], encoding: Encoding): Sent {
  const resource = { attributes: [{ key: "service.name", value: { stringValue: service } }] };
  const request = { resourceSpans: [{ resource, scopeSpans: [{ spans: spans.map(spanOf) }] }] };
  return {
    signal: "traces",
    encoding,
    body: encode("ExportTraceServiceRequest", request, encoding),
    spanKeys: spans.map(({ number, id }) => `${traceIdOf(number)} ${hex(id, 16)}`),
  };
}

function spanOf({ number, id, parent, name, fromMs, toMs, attributes = {} }: Drafted): object {
  return {
    traceId: traceIdOf(number),
    spanId: hex(id, 16),
    ...(parent === undefined ? {} : { parentSpanId: hex(parent, 16) }),
    name,
    kind: 1,
    startTimeUnixNano: nanos(fromMs),
    endTimeUnixNano: nanos(toMs),
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })),
  };
}

/** A reading of the device's counter: a power that swings, summed up. */
export function makeReading(atMs: number, encoding: Encoding): Sent {
  const seconds = atMs / 1000 - 1_700_000_000;
  const joules = 300 * seconds + 500 * Math.sin(seconds / 5);
  const attributes = [
    { key: "hw.id", value: { stringValue: NODE.device } },
    { key: "hw.type", value: { stringValue: "gpu" } },
    { key: "host.name", value: { stringValue: NODE.name } },
  ];
  const dataPoints = [{ timeUnixNano: nanos(atMs), asDouble: joules, attributes }];
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints };
  const metrics = [{ name: "hw.energy", unit: "J", sum }];
  const request = { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] };
  const body = encode("ExportMetricsServiceRequest", request, encoding);
  return { signal: "metrics", encoding, body, spanKeys: [] };
}

function encode(type: string, request: object, encoding: Encoding): Uint8Array {
  if (encoding === "json") return Buffer.from(JSON.stringify(request));
  const message = otlpType(type);
  return message.encode(message.fromObject(withIds(request) as object)).finish();
}

/** Ids are hex in JSON and bytes in protobuf. */
function withIds(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withIds);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => {
      const isId = /^(?:trace|span|parentSpan)Id$/.test(name);
      return [name, isId ? Buffer.from(String(value), "hex") : withIds(value)];
    }),
  );
}

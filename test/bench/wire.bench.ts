import { performance } from "node:perf_hooks";
import { ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import {
  copySpan,
  createTraceScanner,
  encodeTraces,
  type OutSpan,
  type SpanTable,
  withoutSpans,
} from "@wattspan/otlp";
import { otlpType } from "../conformance/otlp-proto.ts";
import { spanAttributes } from "./span-attributes.ts";

// Spans a second on one core: scanning a request; splicing it (3 of 18 spans are copied out and leave with 5
// more attributes, the rest goes on); and, for scale, the SDK's serializer and protobufjs on the same spans.
const TRACES = 20;
const SPANS_OF_TRACE = 18;
const SPANS = TRACES * SPANS_OF_TRACE;
const ROUNDS = 12;
const ROUND_MS = 120;
const HELD = new Set([3, 8, 14]);

const ADDED = [
  { key: "footprint.energy.total", value: 123.5 },
  { key: "footprint.energy.accelerator", value: 100.25 },
  { key: "footprint.carbon.total", value: 0.012 },
  { key: "footprint.measurement.status", value: "measured" },
  { key: "footprint.device.count", value: 2n },
];

function makeSpans(): readonly ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      "service.name": "dynamo-frontend",
      "service.instance.id": "frontend-7d9f8b6c5-x2k4j",
      "k8s.node.name": "gpu-node-17",
      "k8s.pod.uid": "8f14e45f-ceea-467f-a0e6-1b2c3d4e5f60",
      "cloud.region": "eu-west-3",
      "host.name": "gpu-node-17.internal",
    }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer("dynamo", "0.9.0");
  for (let i = 0; i < SPANS; i++) {
    const traceId = (1 + Math.floor(i / SPANS_OF_TRACE)).toString(16).padStart(32, "a7");
    const spanId = (i + 1).toString(16).padStart(16, "b3");
    const parent = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1 });
    const name = ["http-request", "router.schedule", "kv.lookup", "tokenize"][i % 4] as string;
    tracer.startSpan(name, { kind: SpanKind.SERVER, attributes: spanAttributes(i) }, parent).end();
  }
  return exporter.getFinishedSpans();
}

const spans = makeSpans();
const body = ProtobufTraceSerializer.serializeRequest([...spans]) as Uint8Array;
const requestType = otlpType("ExportTraceServiceRequest");
const scanner = createTraceScanner({
  names: ["http-request", "llm_request", "handle_payload", "prefill", "decode"],
  keys: ["request.id", "worker.id", "gen_ai.request.model", "footprint.energy.total"],
});

function scan(): number {
  return scanner.scan(body, "protobuf").count;
}

function isHeld(i: number): boolean {
  return HELD.has(i % SPANS_OF_TRACE);
}

function splice(): number {
  const table: SpanTable = scanner.scan(body, "protobuf");
  const outs: OutSpan[] = [];
  for (let i = 0; i < table.count; i++) {
    if (isHeld(i)) outs.push({ span: copySpan(table, i), add: ADDED });
  }
  const rest = withoutSpans(table, isHeld)?.length ?? 0;
  const [out] = encodeTraces(outs);
  return rest + (out?.body.length ?? 0);
}

const contestants = {
  scan: scan,
  splice: splice,
  "SDK serializer (encode only)": () =>
    ProtobufTraceSerializer.serializeRequest([...spans])?.length ?? 0,
  "protobufjs decode + encode": () => requestType.encode(requestType.decode(body)).finish().length,
} as const;

/** Spans a second in one round of fixed length, its result consumed. */
function measure(run: () => number): number {
  globalThis.gc?.();
  const start = performance.now();
  let requests = 0;
  let checksum = 0;
  let elapsedMs = 0;
  while (elapsedMs < ROUND_MS) {
    checksum += run();
    requests += 1;
    elapsedMs = performance.now() - start;
  }
  if (!(checksum > 0)) throw new Error("nothing was done");
  return (requests * SPANS * 1000) / elapsedMs;
}

const figures = new Map<string, number[]>(Object.keys(contestants).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  // Interleaved, so that a slow moment of the machine meets all alike; the first rounds warm up.
  for (const [name, run] of Object.entries(contestants)) {
    const perSecond = measure(run);
    if (round > 1) figures.get(name)?.push(perSecond);
  }
}

const sorted = [...figures].map(([name, all]) => ({ name, all: all.sort((a, b) => a - b) }));
const medians = sorted.map(({ all }) => all[all.length >> 1] as number);
const splicePerSecond = medians[1] as number;
process.stdout.write(
  `${SPANS} spans a request, ${Math.round(body.length / SPANS)} bytes a span; median and best of ${ROUNDS - 2} rounds\n` +
    `${"".padEnd(30)}${"spans/s".padStart(12)}${"best".padStart(12)}${"splice is".padStart(12)}\n`,
);
for (const [i, { name, all }] of sorted.entries()) {
  const median = medians[i] as number;
  const [shown, best] = [median, all.at(-1) as number].map((figure) =>
    Math.round(figure).toLocaleString("en"),
  );
  const ratio = `${(splicePerSecond / median).toFixed(2)} x`;
  process.stdout.write(
    `${name.padEnd(30)}${String(shown).padStart(12)}${String(best).padStart(12)}${ratio.padStart(12)}\n`,
  );
}

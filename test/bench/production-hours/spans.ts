import { otlpType } from "../../conformance/otlp-proto.ts";
import type { Served } from "./serve.ts";

/** An OTLP request and when it comes in, ms since the recording's start. */
export interface SentBatch {
  readonly atMs: number;
  readonly body: Uint8Array;
  readonly spans: number;
}

interface Span {
  readonly process: string;
  readonly endMs: number;
  readonly message: object;
}

/** A batch span processor's defaults: a batch every 5 s, or as soon as 512 spans are there. */
const BATCH_MS = 5000;
const BATCH_SPANS = 512;
/** From a process to the gateway. */
const NETWORK_MS = 50;

/** The spans of Dynamo's frontend, its workers and the vLLM engines in them, in batches as each process sends them. */
export function sendSpans(served: readonly Served[], startUnixMs: number): readonly SentBatch[] {
  const byProcess = new Map<string, Span[]>();
  for (const [index, one] of served.entries()) {
    for (const span of spansOf(one, index, startUnixMs)) {
      const own = byProcess.get(span.process) ?? [];
      byProcess.set(span.process, own);
      own.push(span);
    }
  }
  const sent: SentBatch[] = [];
  let process = 0;
  for (const [name, spans] of byProcess) {
    spans.sort((a, b) => a.endMs - b.endMs);
    // Processes started at different moments.
    let flushMs = (process++ * BATCH_MS) / byProcess.size;
    let batch: Span[] = [];
    const flush = (atMs: number): void => {
      if (batch.length > 0) sent.push(encode(name, batch, atMs + NETWORK_MS));
      batch = [];
      flushMs = atMs + BATCH_MS;
    };
    for (const span of spans) {
      while (flushMs < span.endMs) flush(flushMs);
      batch.push(span);
      if (batch.length === BATCH_SPANS) flush(span.endMs);
    }
    flush(flushMs);
  }
  return sent.sort((a, b) => a.atMs - b.atMs);
}

function encode(process: string, batch: readonly Span[], atMs: number): SentBatch {
  const type = otlpType("ExportTraceServiceRequest");
  const resource = { attributes: attributesOf({ "service.name": process }) };
  const scopeSpans = [{ scope: { name: "dynamo" }, spans: batch.map(({ message }) => message) }];
  const message = type.fromObject({ resourceSpans: [{ resource, scopeSpans }] });
  return { atMs, body: type.encode(message).finish(), spans: batch.length };
}

function spansOf(one: Served, index: number, startUnixMs: number): readonly Span[] {
  const id = index.toString(16).padStart(8, "0");
  const legs = one.decodeDevice === undefined ? 1 : 2;
  const make = (
    process: string,
    name: string,
    ids: readonly [own: number, parent: number],
    [fromMs, toMs]: readonly [number, number],
    attributes: Readonly<Record<string, string | number>>,
  ): Span => ({
    process,
    endMs: toMs,
    message: {
      traceId: Buffer.from(id.padStart(32, "a"), "hex"),
      spanId: Buffer.from(`0${ids[0]}${id}`.padStart(16, "b"), "hex"),
      ...(ids[1] === 0
        ? {}
        : { parentSpanId: Buffer.from(`0${ids[1]}${id}`.padStart(16, "b"), "hex") }),
      name,
      kind: 1,
      startTimeUnixNano: nanos(startUnixMs, fromMs),
      endTimeUnixNano: nanos(startUnixMs, toMs),
      attributes: attributesOf({ request_id: id, ...attributes }),
    },
  });
  const leg = (phase: "prefill" | "decode", device: number, first: number): readonly Span[] => {
    const worker = `${phase}-${device}`;
    const isPrefill = phase === "prefill";
    const window = isPrefill ? [one.atMs, one.firstTokenMs] : [one.firstTokenMs, one.endMs];
    const [fromMs, toMs] = window as [number, number];
    const modelMs = isPrefill ? one.firstTokenMs - one.prefillStartMs : toMs - fromMs;
    return [
      make("frontend", "kv_router.route_request", [first, 1], [fromMs, toMs], {
        phase,
        worker_id: worker,
        "request.attempt": 0,
      }),
      make(worker, "handle_payload", [first + 1, first], [fromMs, toMs], {
        component: isPrefill ? "prefill" : "backend",
        endpoint: "generate",
        instance_id: worker,
      }),
      make(worker, "llm_request", [first + 2, first + 1], [fromMs, toMs], {
        "gen_ai.request.id": id,
        "gen_ai.latency.e2e": (toMs - fromMs) / 1000,
        "gen_ai.latency.time_in_model_prefill": isPrefill ? modelMs / 1000 : 0,
        "gen_ai.latency.time_in_model_decode": isPrefill ? 0 : modelMs / 1000,
        "gen_ai.usage.prompt_tokens": one.promptTokens,
        "gen_ai.usage.completion_tokens": isPrefill ? 1 : one.outputTokens,
        ...(isPrefill ? { "gen_ai.usage.cached_tokens": one.cachedTokens } : {}),
      }),
    ];
  };
  return [
    make("frontend", "http-request", [1, 0], [one.atMs, one.endMs], {
      input_tokens: one.promptTokens,
      output_tokens: one.outputTokens,
      prefill_worker_id: `prefill-${one.prefillDevice}`,
      ...(legs === 1 ? {} : { decode_worker_id: `decode-${one.decodeDevice}` }),
      model: "llama",
    }),
    ...leg("prefill", one.prefillDevice, 2),
    ...(one.decodeDevice === undefined ? [] : leg("decode", one.decodeDevice, 5)),
  ];
}

function nanos(startUnixMs: number, ms: number): string {
  return String(BigInt(startUnixMs) * 1_000_000n + BigInt(Math.round(ms * 1e6)));
}

function attributesOf(pairs: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(pairs).map(([key, value]) => {
    if (typeof value === "string") return { key, value: { stringValue: value } };
    const isWhole = Number.isInteger(value) && !key.startsWith("gen_ai.latency.");
    return { key, value: isWhole ? { intValue: value } : { doubleValue: value } };
  });
}

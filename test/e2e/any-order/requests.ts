import type { AttributeValue } from "@wattspan/otlp";
import type { SpanModel } from "../../conformance/arbitrary-request.ts";
import type { Random } from "./random.ts";

/** A span and who sends it. */
export interface SentSpan {
  readonly service: string;
  readonly span: SpanModel;
}

const SECOND_NS = 1_000_000_000n;

/** Device sets that instrumented workers run on: single devices, shared ones and tensor parallel ones. */
const markedPrefill = [["GPU-0"], ["GPU-1"], ["GPU-0", "GPU-1"]];
const markedDecode = [
  ["GPU-2"],
  ["GPU-2", "GPU-3"],
  ["GPU-4", "GPU-5", "GPU-6"],
  ["GPU-0", "GPU-1", "GPU-2", "GPU-3"],
  ["GPU-7"],
];

/** Spans of one request that starts at `startNs`; engines, places and lengths are thrown. */
export function makeRequest(random: Random, startNs: bigint): readonly SentSpan[] {
  const make = [markedRequest, markedRequest, dynamoRequest, vllmRequest][random.below(4)];
  return (make as typeof markedRequest)(random, startNs);
}

/** Nanoseconds of a thrown length. */
function lengthNs(random: Random, fromMs: number, toMs: number): bigint {
  return BigInt(random.between(fromMs * 1000, toMs * 1000)) * 1000n + BigInt(random.below(1000));
}

function decodeNs(random: Random): bigint {
  // Most answers are short, a few cross epochs, factors and gaps.
  return random.chance(0.06) ? lengthNs(random, 30_000, 150_000) : lengthNs(random, 200, 9000);
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)] as T;
}

function sent(
  service: string,
  name: string,
  ids: Pick<SpanModel, "traceId" | "spanId" | "parentSpanId">,
  window: readonly [bigint, bigint],
  attributes: Readonly<Record<string, AttributeValue>>,
): SentSpan {
  const [startUnixNano, endUnixNano] = window;
  const kind = ids.parentSpanId === "" ? 2 : 1;
  const rest = { kind, startUnixNano, endUnixNano, traceState: "", flags: 1 };
  return { service, span: { ...ids, name, ...rest, attributes: Object.entries(attributes) } };
}

/** An instrumented worker's spans, which name their devices and their work. */
function markedRequest(random: Random, startNs: bigint): readonly SentSpan[] {
  const traceId = random.hex(32);
  const root = { traceId, spanId: random.hex(16), parentSpanId: "" };
  const child = () => ({ traceId, spanId: random.hex(16), parentSpanId: root.spanId });
  const firstNs = startNs + lengthNs(random, 20, 1500);
  const handedNs = firstNs + lengthNs(random, 1, 30);
  const endNs = handedNs + decodeNs(random);
  const model = { "gen_ai.request.model": "llama" };
  const phase = (name: string, tokens: number, devices: readonly string[]) => ({
    ...model,
    "footprint.inference.phase": name,
    ...(random.chance(0.03) ? {} : { "footprint.inference.processed_tokens": BigInt(tokens) }),
    "footprint.device.ids": devices,
    // Settled by its sender: it keeps that figure and is load.
    ...(random.chance(0.04) ? { "footprint.energy.total": 12.5 } : {}),
  });
  const from = pick(random, markedPrefill);
  const to = pick(random, markedDecode);
  return [
    sent("frontend", "chat llama", root, [startNs, endNs], model),
    sent(
      "prefill",
      "step",
      child(),
      [startNs, firstNs],
      phase("prefill", random.below(8000), from),
    ),
    ...(random.chance(0.3)
      ? [sent("decode", "copy", child(), [firstNs, handedNs], phase("kv_transfer", 0, to))]
      : []),
    sent("decode", "step", child(), [handedNs, endNs], phase("decode", random.below(1000), to)),
  ];
}

/** Dynamo's spans of a request whose prefill and decode ran on workers that the rows place. */
function dynamoRequest(random: Random, startNs: bigint): readonly SentSpan[] {
  const traceId = random.hex(32);
  const id = random.hex(12);
  const http = { traceId, spanId: random.hex(16), parentSpanId: "" };
  const queuedNs = startNs + lengthNs(random, 0, 200);
  const firstNs = queuedNs + lengthNs(random, 30, 900);
  const endNs = firstNs + decodeNs(random);
  const worker = pick(random, ["1", "2"]);
  const leg = (phase: string, from: bigint, to: bigint): SentSpan[] => {
    const route = { traceId, spanId: random.hex(16), parentSpanId: http.spanId };
    const payload = { traceId, spanId: random.hex(16), parentSpanId: route.spanId };
    return [
      sent("dynamo-frontend", "kv_router.route_request", route, [from, to], {
        request_id: id,
        phase,
        "request.attempt": "0",
        worker_id: worker,
      }),
      sent(`dynamo-${phase}-${worker}`, "handle_payload", payload, [from, to], {
        request_id: id,
        component: phase === "prefill" ? "prefill" : "backend",
        endpoint: "generate",
        instance_id: `${phase}-${worker}`,
      }),
    ];
  };
  return [
    sent("dynamo-frontend", "http-request", http, [startNs, endNs], {
      request_id: id,
      model: "qwen",
      input_tokens: String(random.between(1, 9000)),
      output_tokens: String(random.between(1, 900)),
      prefill_worker_id: `prefill-${worker}`,
      decode_worker_id: `decode-${worker}`,
    }),
    ...leg("prefill", queuedNs, firstNs),
    ...leg("decode", firstNs, endNs),
  ];
}

/** vLLM alone: one span with the times of both phases. */
function vllmRequest(random: Random, startNs: bigint): readonly SentSpan[] {
  const ids = { traceId: random.hex(32), spanId: random.hex(16), parentSpanId: random.hex(16) };
  const prefill = random.between(10, 1200) / 1000;
  const decode = Number(decodeNs(random) / 1000n) / 1e6;
  const endNs = startNs + BigInt(Math.round((prefill + decode) * 1e9));
  return [
    sent("vllm", "llm_request", ids, [startNs, endNs + SECOND_NS / 100n], {
      "gen_ai.request.id": random.hex(8),
      "gen_ai.response.model": "opt",
      "gen_ai.latency.e2e": prefill + decode,
      "gen_ai.latency.time_in_model_prefill": prefill,
      "gen_ai.latency.time_in_model_decode": decode,
      "gen_ai.usage.prompt_tokens": BigInt(random.between(1, 5000)),
      "gen_ai.usage.completion_tokens": BigInt(random.between(1, 500)),
    }),
  ];
}

import type { DerivedRequest, EngineSpan } from "./dialect.ts";
import { dynamo } from "./dynamo.ts";
import { atMs, makeSpan, type SpanDraft } from "./span.test.maker.ts";

export const id = "req-1";
type Parts = Partial<SpanDraft> & { readonly id: string; readonly ms: SpanDraft["ms"] };

export const http = (attributes: SpanDraft["with"]): EngineSpan =>
  makeSpan({
    id: "http",
    name: "http-request",
    ms: [0, 1000],
    service: "frontend",
    with: { request_id: id, ...attributes },
  });

export const route = ({ with: attributes, ...parts }: Parts): EngineSpan =>
  makeSpan({
    name: "kv_router.route_request",
    parent: "http",
    service: "frontend",
    ...parts,
    with: { request_id: id, "request.attempt": "0", ...attributes },
  });

export const payload = ({ with: attributes, ...parts }: Parts): EngineSpan =>
  makeSpan({
    name: "handle_payload",
    service: "worker",
    ...parts,
    with: { request_id: id, component: "backend", endpoint: "generate", ...attributes },
  });

export const operation = (parts: Parts & { readonly name: string }): EngineSpan =>
  makeSpan({ service: "worker", ...parts, with: { "dynamo.request.id": id, ...parts.with } });

export const vllmSpan = ({ with: attributes, ...parts }: Parts): EngineSpan =>
  makeSpan({
    name: "llm_request",
    service: "vllm-inside",
    ...parts,
    with: {
      "gen_ai.latency.e2e": 0.09,
      "gen_ai.latency.time_in_model_prefill": 0.02,
      "gen_ai.latency.time_in_model_decode": 0.05,
      ...attributes,
    },
  });

/** The one request that the spans tell of. */
export function only(spans: readonly EngineSpan[]): DerivedRequest {
  const [request, ...others] = dynamo.derive(spans);
  if (request === undefined || others.length > 0) throw new Error("not exactly one request");
  return request;
}

/** Key, start ms, end ms, tokens and source of each phase. */
export function summary(spans: readonly EngineSpan[]): readonly unknown[] {
  return only(spans).phases.map((phase) => [
    phase.key,
    Number(phase.startUnixNano - atMs(0)) / 1e6,
    Number(phase.endUnixNano - atMs(0)) / 1e6,
    phase.processedTokens,
    phase.intervalSource,
  ]);
}

/** Different workers for prefill and decode. */
export const split = { prefill_worker_id: "11", decode_worker_id: "22" };
export const tokens = { input_tokens: "100", output_tokens: "10" };

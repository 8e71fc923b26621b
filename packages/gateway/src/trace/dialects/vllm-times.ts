import type { EngineSpan } from "./dialect.ts";
import { readDurationNs, readTokens } from "./read-attribute.ts";

/** Name of the span that vLLM makes when a request ends. */
export const VLLM_SPAN_NAME = "llm_request";

/** Value of `footprint.inference.interval_source` for windows read from a vLLM span. */
export const VLLM_INTERVAL_SOURCE = "vllm_latency";

/** When a vLLM request's steps ran, and over how many tokens. */
export interface VllmTimes {
  readonly prefillStartNs: bigint;
  readonly firstTokenNs: bigint;
  readonly endNs: bigint;
  readonly promptTokens?: number;
  readonly completionTokens?: number;
  readonly cachedTokens?: number;
}

/** Attribute names of tokens, new and old. */
export const promptTokenKeys: readonly string[] = [
  "gen_ai.usage.input_tokens",
  "gen_ai.usage.prompt_tokens",
];
export const completionTokenKeys: readonly string[] = [
  "gen_ai.usage.output_tokens",
  "gen_ai.usage.completion_tokens",
];
export const cachedTokenKeys: readonly string[] = [
  "cached_tokens",
  "gen_ai.usage.cached_tokens",
  "gen_ai.usage.cache_read.input_tokens",
];

/**
 * The times on a `llm_request` span, counted back from its last token: `time_in_queue` misses the wait
 * before the engine knew the request. Undefined where the model times are absent or negative (aborted).
 */
export function readVllmTimes(span: EngineSpan): VllmTimes | undefined {
  const seconds = (name: string): bigint | undefined =>
    readDurationNs(span.attributes, `gen_ai.latency.${name}`, 1);
  const prefillNs = seconds("time_in_model_prefill");
  const decodeNs = seconds("time_in_model_decode");
  if (prefillNs === undefined || decodeNs === undefined) return undefined;
  const e2eNs = seconds("e2e");
  const endNs = e2eNs === undefined ? span.endUnixNano : span.startUnixNano + e2eNs;
  const firstTokenNs = endNs - decodeNs;
  return {
    prefillStartNs: firstTokenNs - prefillNs,
    firstTokenNs,
    endNs,
    ...counted("promptTokens", readTokens(span.attributes, promptTokenKeys)),
    ...counted("completionTokens", readTokens(span.attributes, completionTokenKeys)),
    ...counted("cachedTokens", readTokens(span.attributes, cachedTokenKeys)),
  };
}

function counted<K extends string>(
  key: K,
  count: number | undefined,
): { readonly [P in K]?: number } {
  return count === undefined ? {} : ({ [key]: count } as { readonly [P in K]?: number });
}

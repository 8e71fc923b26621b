import type { EngineSpan } from "./dialect.ts";
import { earlier, later } from "./order.ts";
import { readDurationNs, readTokens } from "./read-attribute.ts";
import type { SpanTree } from "./span-tree.ts";

/** Name of the span that vLLM makes when a request ends. */
export const VLLM_SPAN_NAME = "llm_request";

/** Value of `footprint.inference.interval_source` for windows read from a vLLM span. */
const VLLM_INTERVAL_SOURCE = "vllm_latency";

/** Spans of phases below it that newer versions make. */
export const VLLM_PREFILL = "vllm_prefill";
export const VLLM_DECODE = "vllm_decode";

/** When a vLLM request's steps ran, and over how many tokens. */
export interface VllmTimes {
  readonly prefillStartNs: bigint;
  readonly firstTokenNs: bigint;
  readonly endNs: bigint;
  /** Which rule gave the times: value of `footprint.inference.interval_source`. */
  readonly intervalSource: string;
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

/** Reads the times of a vLLM span; undefined where nothing tells them. */
export type ReadVllmTimes = (span: EngineSpan) => VllmTimes | undefined;

/** A reader of the vLLM spans of a trace: from the spans of phases below one, else from what it says itself. */
export function createVllmTimeReader(tree: SpanTree): ReadVllmTimes {
  const below = new Map<string, EngineSpan[]>();
  for (const span of tree.spans) {
    if (span.name !== VLLM_PREFILL && span.name !== VLLM_DECODE) continue;
    below.set(span.parentSpanId, [...(below.get(span.parentSpanId) ?? []), span]);
  }
  return (span) => {
    const told = readToldTimes(span);
    const times = readPhaseSpans(below.get(span.spanId) ?? [], told) ?? told;
    if (times === undefined) return undefined;
    return {
      ...times,
      ...counted("promptTokens", readTokens(span.attributes, promptTokenKeys)),
      ...counted("completionTokens", readTokens(span.attributes, completionTokenKeys)),
      ...counted("cachedTokens", readTokens(span.attributes, cachedTokenKeys)),
    };
  };
}

/** After a preemption phases come again: from the first step to the last token, the first prefill's end between. */
function readPhaseSpans(
  spans: readonly EngineSpan[],
  told: VllmTimes | undefined,
): VllmTimes | undefined {
  const [prefill] = spans.filter(({ name }) => name === VLLM_PREFILL);
  const decodes = spans.filter(({ name }) => name === VLLM_DECODE);
  const firstTokenNs = prefill?.endUnixNano ?? decodes[0]?.startUnixNano ?? told?.firstTokenNs;
  if (firstTokenNs === undefined || spans.length === 0) return undefined;
  const startNs = prefill?.startUnixNano ?? told?.prefillStartNs ?? firstTokenNs;
  const ends = decodes.map((span) => span.endUnixNano);
  return {
    prefillStartNs: earlier(startNs, firstTokenNs),
    firstTokenNs,
    endNs: later(firstTokenNs, ends.length === 0 ? (told?.endNs ?? 0n) : ends.reduce(later)),
    intervalSource: "vllm_span",
  };
}

/**
 * The times on a `llm_request` span, counted back from its last token: `time_in_queue` misses the wait
 * before the engine knew the request. Undefined where the model times are absent or negative (aborted).
 */
function readToldTimes(span: EngineSpan): VllmTimes | undefined {
  const seconds = (name: string): bigint | undefined =>
    readDurationNs(span.attributes, `gen_ai.latency.${name}`, 1);
  const prefillNs = seconds("time_in_model_prefill");
  const decodeNs = seconds("time_in_model_decode");
  if (prefillNs === undefined || decodeNs === undefined) return undefined;
  const e2eNs = seconds("e2e");
  const endNs = e2eNs === undefined ? span.endUnixNano : span.startUnixNano + e2eNs;
  const firstTokenNs = endNs - decodeNs;
  const prefillStartNs = firstTokenNs - prefillNs;
  return { prefillStartNs, firstTokenNs, endNs, intervalSource: VLLM_INTERVAL_SOURCE };
}

function counted<K extends string>(
  key: K,
  count: number | undefined,
): { readonly [P in K]?: number } {
  return count === undefined ? {} : ({ [key]: count } as { readonly [P in K]?: number });
}

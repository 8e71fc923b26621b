import { countOf, type TokenCounts } from "./count-tokens.ts";
import type { ServerTimings } from "./plan-windows.ts";
import { type Loose, looseOf } from "./read-usage.ts";

/** Durations that a server told of a request, and the tokens it told beside them. */
export interface ToldTimings {
  readonly timings: ServerTimings;
  readonly counts: TokenCounts;
}

/**
 * Reads the timings in an answer or a chunk of one: Dynamo's `nvext.timing` (asked for with
 * `nvext.extra_fields: ["timing"]`), llama.cpp's `timings`, Ollama's `*_duration`. Undefined where there are none, or
 * where only one of the two phases is told.
 */
export function readTimings(answer: Loose): ToldTimings | undefined {
  return (
    readNvext(looseOf(looseOf(answer["nvext"])?.["timing"])) ??
    readLlamaCpp(looseOf(answer["timings"])) ??
    readOllama(answer)
  );
}

/** Dynamo 1.6: `total_time_ms` from arrival to the last token, `ttft_ms` = waiting + prefill. */
function readNvext(timing: Loose | undefined): ToldTimings | undefined {
  const prefillMs = durationOf(timing?.["prefill_time_ms"]);
  const firstMs = durationOf(timing?.["ttft_ms"]);
  const totalMs = durationOf(timing?.["total_time_ms"]);
  if (prefillMs === undefined || firstMs === undefined || totalMs === undefined) return undefined;
  if (totalMs < firstMs) return undefined;
  const timings = { source: "nvext", prefillMs, decodeMs: totalMs - firstMs };
  return { timings, counts: {} };
}

/** llama.cpp's server: `prompt_n` counts computed prompt tokens, `cache_n` (newer builds) reused ones. */
function readLlamaCpp(timings: Loose | undefined): ToldTimings | undefined {
  const prefillMs = durationOf(timings?.["prompt_ms"]);
  const decodeMs = durationOf(timings?.["predicted_ms"]);
  if (prefillMs === undefined || decodeMs === undefined) return undefined;
  const computed = countOf(timings?.["prompt_n"]);
  const cachedTokens = countOf(timings?.["cache_n"]);
  return {
    timings: { source: "llama_cpp", prefillMs, decodeMs },
    counts: {
      inputTokens: computed === undefined ? undefined : computed + (cachedTokens ?? 0),
      cachedTokens,
      outputTokens: countOf(timings?.["predicted_n"]),
    },
  };
}

/** Ollama's own API: durations in ns. */
function readOllama(answer: Loose): ToldTimings | undefined {
  const prefillNs = durationOf(answer["prompt_eval_duration"]);
  const decodeNs = durationOf(answer["eval_duration"]);
  if (prefillNs === undefined || decodeNs === undefined) return undefined;
  return {
    timings: { source: "ollama", prefillMs: prefillNs / 1e6, decodeMs: decodeNs / 1e6 },
    counts: {
      inputTokens: countOf(answer["prompt_eval_count"]),
      outputTokens: countOf(answer["eval_count"]),
    },
  };
}

function durationOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

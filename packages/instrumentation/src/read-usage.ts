import { countOf, type TokenCounts } from "./count-tokens.ts";

/** Anything that came out of JSON or out of a library. */
export type Loose = Readonly<Record<string, unknown>>;

/** The value as an object whose fields are yet to be checked. */
export function looseOf(value: unknown): Loose | undefined {
  return typeof value === "object" && value !== null ? (value as Loose) : undefined;
}

/**
 * Reads a usage record: of OpenAI's chat and completions (`prompt_tokens`), of its responses (`input_tokens`) or of the
 * AI SDK (`inputTokens`, a number or an object). Undefined where it says nothing.
 */
export function readUsage(value: unknown): TokenCounts | undefined {
  const usage = looseOf(value);
  if (usage === undefined) return undefined;
  const input = looseOf(usage["inputTokens"]);
  const output = looseOf(usage["outputTokens"]);
  const details = looseOf(usage["prompt_tokens_details"] ?? usage["input_tokens_details"]);
  const counts = {
    inputTokens: firstCount(
      usage["prompt_tokens"],
      usage["input_tokens"],
      usage["inputTokens"],
      input?.["total"],
      usage["tokens"],
    ),
    cachedTokens: firstCount(
      details?.["cached_tokens"],
      usage["cachedInputTokens"],
      input?.["cacheRead"],
    ),
    outputTokens: firstCount(
      usage["completion_tokens"],
      usage["output_tokens"],
      usage["outputTokens"],
      output?.["total"],
    ),
  };
  return Object.values(counts).every((count) => count === undefined) ? undefined : counts;
}

function firstCount(...values: readonly unknown[]): number | undefined {
  return values.map(countOf).find((count) => count !== undefined);
}

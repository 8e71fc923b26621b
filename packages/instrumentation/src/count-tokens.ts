/** What is known of a request's tokens; absent is unknown. */
export interface TokenCounts {
  /** Prompt tokens, cached ones included. */
  readonly inputTokens?: number | undefined;
  /** Prompt tokens that a cache served. */
  readonly cachedTokens?: number | undefined;
  /** Generated tokens, the first one included. */
  readonly outputTokens?: number | undefined;
}

/** A count of tokens: a whole number of at least 0; undefined for anything else. */
export function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Prompt tokens that were computed. A cache that nobody mentioned served none. */
export function prefillTokens({ inputTokens, cachedTokens }: TokenCounts): number | undefined {
  return inputTokens === undefined ? undefined : Math.max(0, inputTokens - (cachedTokens ?? 0));
}

/** Generated tokens without the one that prefill made. */
export function decodeTokens({ outputTokens }: TokenCounts): number | undefined {
  return outputTokens === undefined ? undefined : Math.max(0, outputTokens - 1);
}

/** All computed tokens of a request. */
export function mixedTokens(counts: TokenCounts): number | undefined {
  const [prefill, decode] = [prefillTokens(counts), decodeTokens(counts)];
  return prefill === undefined || decode === undefined ? undefined : prefill + decode;
}

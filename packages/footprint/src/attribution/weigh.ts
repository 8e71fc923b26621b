import type { PhaseName } from "../phase.ts";
import type { WeightPolicy } from "../policies.ts";

/** Typical token rates, tokens per second of one request, where an engine does not tell how many it computed. */
const TYPICAL_TOKENS_PER_SECOND: Readonly<Record<PhaseName, number>> = {
  prefill: 2000,
  decode: 33,
  mixed: 33,
  kv_transfer: 0,
};

/** A phase's cost weight and whether it rests on a known number of tokens. */
export interface Weight {
  readonly weight: number;
  readonly isAssumed: boolean;
}

/**
 * Cost weight of a phase. `priced`: a computed prefill token costs 1, a decode token `decodeTokenPrice` (measured
 * two-price fits give 5 to 25; see docs/conventions.md); `tokens`: every computed token costs 1; `time`: weight is
 * the duration in seconds, so concurrent phases share equally. `kv_transfer` weighs nothing.
 */
export function weigh(
  phase: PhaseName,
  processedTokens: number | undefined,
  durationSeconds: number,
  policy: WeightPolicy,
  decodeTokenPrice: number,
): Weight {
  if (phase === "kv_transfer") return { weight: 0, isAssumed: false };
  if (policy === "time") return { weight: durationSeconds, isAssumed: false };
  const tokens = processedTokens ?? TYPICAL_TOKENS_PER_SECOND[phase] * durationSeconds;
  const price = policy === "priced" && phase !== "prefill" ? decodeTokenPrice : 1;
  return { weight: tokens * price, isAssumed: processedTokens === undefined };
}

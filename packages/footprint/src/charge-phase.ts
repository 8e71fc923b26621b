import { weigh } from "./attribution/weigh.ts";
import { wordsOf } from "./derive-id.ts";
import { instantOf } from "./instant.ts";
import type { DeviceShare, Phase, PhaseName } from "./phase.ts";
import type { WeightPolicy } from "./policies.ts";

/** Work that a span tells of, on the devices that did it. */
export interface PhaseWork {
  /** 16 hex digits. */
  readonly id: string;
  readonly phase: PhaseName;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** Computed tokens; absent if unknown, NaN if implausible. */
  readonly processedTokens?: number;
  readonly includesQueueing: boolean;
}

/** How work is weighed. */
export interface ChargeTerms {
  readonly weights: WeightPolicy;
  /** Cost of a decode token where a prefill token costs 1. */
  readonly decodeTokenPrice: number;
}

/** The phase as the ledger charges it on its devices: weighed by the policy. */
export function chargePhase(
  work: PhaseWork,
  devices: readonly DeviceShare[],
  terms: ChargeTerms,
): Phase {
  const [idHigh, idLow] = wordsOf(work.id);
  const { weight } = weigh(
    work.phase,
    work.processedTokens,
    secondsOf(work),
    terms.weights,
    terms.decodeTokenPrice,
  );
  return {
    idHigh,
    idLow,
    start: instantOf(work.startUnixNano),
    end: instantOf(work.endUnixNano),
    weight,
    devices,
    includesQueueing: work.includesQueueing,
  };
}

/**
 * Whether the work has more tokens than devices with these highest rates (tokens per second) can compute, or a number
 * of them that no engine computes (NaN).
 */
export function isImplausible(
  work: PhaseWork,
  maxTokensPerSecond: readonly (number | undefined)[],
): boolean {
  const limit = maxTokensPerSecond.reduce<number>((sum, rate) => sum + (rate ?? Infinity), 0);
  return work.processedTokens !== undefined && !(work.processedTokens <= limit * secondsOf(work));
}

/** The computed tokens of a phase, where a number of them is known and plausible. */
export function tokensOf({ processedTokens }: { readonly processedTokens?: number }): {
  readonly processedTokens?: number;
} {
  return processedTokens === undefined || Number.isNaN(processedTokens) ? {} : { processedTokens };
}

/** Whether the figure rests on an assumed number of tokens. */
export function isWeightAssumed(
  { phase, processedTokens }: Pick<PhaseWork, "phase" | "processedTokens">,
  weights: WeightPolicy,
): boolean {
  return weights !== "time" && processedTokens === undefined && phase !== "kv_transfer";
}

function secondsOf({ startUnixNano, endUnixNano }: PhaseWork): number {
  return Number(endUnixNano - startUnixNano) * 1e-9;
}

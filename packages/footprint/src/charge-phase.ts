import { weigh } from "./attribution/weigh.ts";
import { wordsOf } from "./derive-id.ts";
import { instantOf } from "./instant.ts";
import type { Phase, PhaseName } from "./phase.ts";
import type { WeightPolicy } from "./policies.ts";

/** Work that a span tells of, on the devices that did it. */
export interface PhaseWork {
  /** 16 hex digits. */
  readonly id: string;
  readonly phase: PhaseName;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** Computed tokens; absent if unknown, NaN where no such number can be. */
  readonly processedTokens?: number;
  readonly includesQueueing: boolean;
}

/** How work is weighed. */
export interface ChargeTerms {
  readonly weights: WeightPolicy;
  /** Cost of a decode token where a prefill token costs 1. */
  readonly decodeTokenPrice: number;
}

/** The phase as the ledger charges it: weighed by the policy, in equal shares on its devices (keys); of one listed twice the shares add. */
export function chargePhase(
  work: PhaseWork,
  devices: readonly string[],
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
    devices: [...new Set(devices)].map((device) => ({
      device,
      share: devices.filter((one) => one === device).length / devices.length,
    })),
    includesQueueing: work.includesQueueing,
  };
}

/**
 * Why the tokens of the work cannot be: not a count, or more than devices with these highest rates (tokens per second)
 * can compute; undefined where they can.
 */
export function implausibilityOf(
  work: PhaseWork,
  maxTokensPerSecond: readonly (number | undefined)[],
): "implausible_tokens" | "implausible_rate" | undefined {
  const { processedTokens } = work;
  if (processedTokens === undefined) return undefined;
  if (Number.isNaN(processedTokens)) return "implausible_tokens";
  const limit = maxTokensPerSecond.reduce<number>((sum, rate) => sum + (rate ?? Infinity), 0);
  return processedTokens > limit * secondsOf(work) ? "implausible_rate" : undefined;
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

import { weigh } from "./attribution/weigh.ts";
import { wordsOf } from "./derive-id.ts";
import { instantOf } from "./instant.ts";
import type { DeviceShare, Phase, PhaseName } from "./phase.ts";
import type { WeightMethod, WeightPolicy } from "./policies.ts";

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
  /** How probable it was that its trace is seen; absent: certain, or not known. */
  readonly probability?: number;
}

/** How work is weighed. */
export interface ChargeTerms {
  readonly weights: WeightPolicy;
  /** Cost of a decode token where a prefill token costs 1. */
  readonly decodeTokenPrice: number;
}

/** The phase as the ledger charges it on its devices: weighed by the policy; of a device listed twice the shares add. */
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
    devices: mergeShares(devices),
    includesQueueing: work.includesQueueing,
    ...(work.probability === undefined ? {} : { probability: work.probability }),
  };
}

function mergeShares(devices: readonly DeviceShare[]): readonly DeviceShare[] {
  const shares = new Map<string, number>();
  for (const { device, share } of devices) shares.set(device, (shares.get(device) ?? 0) + share);
  if (shares.size === devices.length) return devices;
  return [...shares].map(([device, share]) => ({ device, share }));
}

/**
 * Why the tokens of the work cannot be: a number that no engine computes (NaN), or more than devices with these highest
 * rates (tokens per second) can compute; undefined where they can.
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

/** The computed tokens of a phase, where a number of them is known and plausible. */
export function tokensOf({ processedTokens }: { readonly processedTokens?: number }): {
  readonly processedTokens?: number;
} {
  return processedTokens === undefined || Number.isNaN(processedTokens) ? {} : { processedTokens };
}

/** Whether the figure rests on an assumed number of tokens. */
export function isWeightAssumed(
  { phase, processedTokens }: Pick<PhaseWork, "phase" | "processedTokens">,
  weights: WeightMethod,
): boolean {
  return weights !== "time" && processedTokens === undefined && phase !== "kv_transfer";
}

function secondsOf({ startUnixNano, endUnixNano }: PhaseWork): number {
  return Number(endUnixNano - startUnixNano) * 1e-9;
}

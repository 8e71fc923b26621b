import { weigh } from "./attribution/weigh.ts";
import { wordsOf } from "./derive-id.ts";
import { elapsedNs, instantOf } from "./instant.ts";
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

/** The same, its id as words and its times as a ledger holds them. */
export interface TimedWork
  extends Pick<PhaseWork, "phase" | "includesQueueing">,
    Pick<Phase, "idHigh" | "idLow" | "start" | "end"> {
  readonly processedTokens: number | undefined;
  readonly probability: number | undefined;
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
  const { phase, processedTokens, includesQueueing, probability } = work;
  const start = instantOf(work.startUnixNano);
  const end = instantOf(work.endUnixNano);
  return chargeTimed(
    { phase, idHigh, idLow, start, end, processedTokens, includesQueueing, probability },
    mergeShares(devices),
    terms,
  );
}

/** The same for timed work; no device is listed twice. */
export function chargeTimed(
  work: TimedWork,
  devices: readonly DeviceShare[],
  { weights, decodeTokenPrice }: ChargeTerms,
): Phase {
  const { phase, idHigh, idLow, start, end, processedTokens, includesQueueing, probability } = work;
  const seconds = elapsedNs(start, end) * 1e-9;
  const { weight } = weigh(phase, processedTokens, seconds, weights, decodeTokenPrice);
  return { idHigh, idLow, start, end, weight, devices, includesQueueing, probability };
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
  work: PhaseWork | TimedWork,
  maxTokensPerSecond: readonly (number | undefined)[],
): "implausible_tokens" | "implausible_rate" | undefined {
  const { processedTokens } = work;
  if (processedTokens === undefined) return undefined;
  if (Number.isNaN(processedTokens)) return "implausible_tokens";
  let limit = 0;
  for (const rate of maxTokensPerSecond) limit += rate ?? Infinity;
  if (limit === Infinity) return undefined;
  return processedTokens > limit * secondsOf(work) ? "implausible_rate" : undefined;
}

/** The computed tokens of a phase, where a number of them is known and plausible. */
export function tokensOf({ processedTokens }: { readonly processedTokens?: number | undefined }): {
  readonly processedTokens?: number;
} {
  return processedTokens === undefined || Number.isNaN(processedTokens) ? {} : { processedTokens };
}

/** Whether the figure rests on an assumed number of tokens. */
export function isWeightAssumed(
  { phase, processedTokens }: Pick<TimedWork, "phase" | "processedTokens"> | PhaseWork,
  weights: WeightMethod,
): boolean {
  return weights !== "time" && processedTokens === undefined && phase !== "kv_transfer";
}

function secondsOf(work: PhaseWork | TimedWork): number {
  if ("start" in work) return elapsedNs(work.start, work.end) * 1e-9;
  return Number(work.endUnixNano - work.startUnixNano) * 1e-9;
}

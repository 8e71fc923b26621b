import type { Device } from "../device.ts";
import type { EpochBalance } from "./advance-clocks.ts";
import type { WorkSeries } from "./work-series.ts";

/** What a source's work in one epoch took of a device: tokens, and joules drawn for work while it was counted. */
export interface WorkEnergy {
  readonly device: Device;
  readonly source: string;
  readonly epoch: number;
  readonly prefillTokens: number;
  readonly decodeTokens: number;
  readonly prefillJoules: number;
  readonly decodeJoules: number;
}

/**
 * Shares what was drawn for counted work in an epoch among the sources, and among prefill and decode, by weight; no
 * span is needed. Tokens of time that was not read are left out, as its joules are.
 */
export function shareWork(
  device: Device,
  epoch: number,
  balance: EpochBalance,
  work: readonly (readonly [source: string, series: WorkSeries])[],
): WorkEnergy[] {
  if (balance.countedReadNs <= 0) return [];
  const read = balance.countedReadNs / balance.countedNs;
  const done = work.map(([source, series]) => ({ source, ...series.doneIn(epoch) }));
  const weight = done.reduce((sum, one) => sum + one.prefillWeight + one.decodeWeight, 0);
  if (weight <= 0) return [];
  const joulesPerWeight = balance.countedJoules / weight;
  return done.map(({ source, prefillTokens, decodeTokens, prefillWeight, decodeWeight }) => ({
    device,
    source,
    epoch,
    prefillTokens: prefillTokens * read,
    decodeTokens: decodeTokens * read,
    prefillJoules: prefillWeight * joulesPerWeight,
    decodeJoules: decodeWeight * joulesPerWeight,
  }));
}

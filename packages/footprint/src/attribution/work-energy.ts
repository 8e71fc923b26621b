import type { Device } from "../device.ts";
import { EPOCH_NS } from "../instant.ts";
import type { RatedLoad } from "./count-load.ts";
import type { DeviceTerms, IntervalColumns } from "./epoch-input.ts";
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

/** What was drawn for work while engines counted, how long that was, and how long of it was read. */
export interface Drawn {
  readonly joules: number;
  readonly countedNs: number;
  readonly readNs: number;
}

/**
 * What a device drew above idle, or in all where idle is not known, inside an epoch while work was counted: by the mean
 * power of its meter intervals, whatever spans show.
 */
export function drawnWhile(
  counted: readonly RatedLoad[],
  intervals: IntervalColumns,
  { idleWatts, idlePolicy }: DeviceTerms,
): Drawn {
  let joules = 0;
  let countedNs = 0;
  let readNs = 0;
  let first = 0;
  for (const load of counted) {
    const from = Math.max(0, load.from);
    const to = Math.min(EPOCH_NS, load.to);
    countedNs += to - from;
    while (first < intervals.count && (intervals.to[first] as number) <= from) first++;
    for (let k = first; k < intervals.count && (intervals.from[k] as number) < to; k++) {
      if (intervals.isGap[k] === 1) continue;
      const start = intervals.from[k] as number;
      const end = intervals.to[k] as number;
      const sharedNs = Math.min(end, to) - Math.max(start, from);
      const watts = (intervals.joules[k] as number) / ((end - start) * 1e-9);
      const idle = idlePolicy === "included" ? 0 : idleWatts;
      joules += Math.max(0, watts - idle) * sharedNs * 1e-9;
      readNs += sharedNs;
    }
  }
  return { joules, countedNs, readNs };
}

/**
 * Shares what was drawn for counted work in an epoch among the sources, and among prefill and decode, by weight; no
 * span is needed. Tokens of time that was not read are left out, as its joules are.
 */
export function shareWork(
  device: Device,
  epoch: number,
  { joules, countedNs, readNs }: Drawn,
  work: readonly (readonly [source: string, series: WorkSeries])[],
): WorkEnergy[] {
  if (readNs <= 0) return [];
  const read = readNs / countedNs;
  const done = work.map(([source, series]) => ({ source, ...series.doneIn(epoch) }));
  const weight = done.reduce((sum, one) => sum + one.prefillWeight + one.decodeWeight, 0);
  if (weight <= 0) return [];
  const joulesPerWeight = joules / weight;
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

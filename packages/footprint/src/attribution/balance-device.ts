import type { Device } from "../device.ts";
import { EPOCH_NS, type Instant } from "../instant.ts";
import type { EpochBalance } from "./advance-clocks.ts";
import type { EpochRecord } from "./epoch-record.ts";

/** Where the energy of one device went between its first and its last reading, in joules. */
export interface DeviceBalance {
  readonly node: string;
  readonly device: string;
  readonly meteredJoules: number;
  readonly attributedJoules: number;
  readonly idleOpenJoules: number;
  readonly idleEmptyJoules: number;
  readonly unattributed: Readonly<Record<string, number>>;
  /** Share of the time between the first and the last reading that intervals cover; 0 with one reading. */
  readonly coverage: number;
  readonly isModelled: boolean;
  /** Weights that the engine counted on the device, and what spans show of the same time; absent where it counts none. */
  readonly countedWeight?: number;
  readonly shownWeight?: number;
}

/** Adds an epoch's balance to running totals. */
export function foldBalance(totals: EpochBalance, record: EpochRecord | undefined): void {
  const balance = record?.settlement?.balance;
  if (balance === undefined) return;
  for (const key of Object.keys(totals) as (keyof EpochBalance)[]) totals[key] += balance[key];
}

/** A device's balance from totals of its epochs and its first and last reading. */
export function balanceDevice(
  device: Device,
  totals: EpochBalance,
  first: Instant | undefined,
  last: Instant | undefined,
  isModelled: boolean,
): DeviceBalance {
  const spanNs = first && last ? (last.epoch - first.epoch) * EPOCH_NS + (last.ns - first.ns) : 0;
  const unattributed: Record<string, number> = {};
  if (totals.unseenLoadJoules > 0) unattributed["unseen_load"] = totals.unseenLoadJoules;
  if (totals.unsampledJoules > 0) unattributed["unsampled"] = totals.unsampledJoules;
  if (totals.gapJoules > 0) unattributed["gap"] = totals.gapJoules;
  return {
    node: device.node,
    device: device.id,
    meteredJoules: totals.meteredJoules,
    attributedJoules: totals.attributedJoules,
    idleOpenJoules: totals.idleOpenJoules,
    idleEmptyJoules: totals.idleEmptyJoules,
    unattributed,
    coverage: spanNs > 0 ? Math.min(1, totals.coveredNs / spanNs) : 0,
    isModelled,
    ...(totals.countedWeight > 0
      ? { countedWeight: totals.countedWeight, shownWeight: totals.shownWeight }
      : {}),
  };
}

import type { Device } from "../device.ts";
import type { MeterKind } from "../energy/meter-reading.ts";
import { EPOCH_NS } from "../instant.ts";
import type { IdlePolicy, TimeShape } from "../policies.ts";
import type { DeviceLedger } from "./device-ledger.ts";
import { rowOf } from "./epoch-record.ts";
import { lastEpochOf, type PhaseWindow } from "./phase-store.ts";
import { FIGURE } from "./settle-epoch.ts";

/** Energy of one stretch of time, for pricing with the factor in force then. */
export interface EnergySlice {
  readonly epoch: number;
  /** Start of the slice within the epoch, ns. */
  readonly ns: number;
  readonly joules: number;
}

/** What one device gave to a phase, in joules. */
export interface DeviceEnergy {
  readonly device: Device;
  readonly dynamicJoules: number;
  readonly idleJoules: number;
  readonly lowerJoules: number;
  /** Infinity where readings are missing and the device's maximum is unknown. */
  readonly upperJoules: number;
  readonly coveredNs: number;
  /** Metered energy of the device over the covered window. */
  readonly windowJoules: number;
  readonly slices: readonly EnergySlice[];
  readonly meterKind: MeterKind | undefined;
  readonly isModelled: boolean;
  readonly idlePolicy: IdlePolicy;
  readonly timeShape: TimeShape;
}

/** What a phase is charged, summed over its devices in device-key order, joules at the meter. */
export interface PhaseEnergy {
  readonly dynamicJoules: number;
  readonly idleJoules: number;
  /** Dynamic energy and idle share together. */
  readonly energyJoules: number;
  readonly lowerJoules: number;
  readonly upperJoules: number;
  /** Share of the phase's device time that readings cover, 0 to 1. */
  readonly coverage: number;
  readonly windowJoules: number;
  readonly devices: readonly DeviceEnergy[];
}

const NO_SLICES: readonly EnergySlice[] = [];

/** An interval that ends before the phase starts may lie within it where reading times are ranges. */
function firstEpochOf(window: PhaseWindow, ledger: DeviceLedger): number {
  let epoch = window.startEpoch;
  for (let start = window.startNs; ; epoch--) {
    start += EPOCH_NS;
    const before = ledger.settled(epoch - 1);
    if (before === undefined || before.windowTo <= start) return epoch;
  }
}

/**
 * A phase's energy on one device is the sum over its epochs in order; `window` is when the phase was, `rowHint` where the
 * entry was in the epoch settled last.
 */
export function sumEpochs(
  window: PhaseWindow,
  entry: number,
  rowHint: number,
  ledger: DeviceLedger,
): DeviceEnergy {
  const last = lastEpochOf(window);
  let slices: EnergySlice[] | undefined;
  let dynamicJoules = 0;
  let idleJoules = 0;
  let lower = 0;
  let upper = 0;
  let coveredNs = 0;
  let windowJoules = 0;
  for (let epoch = firstEpochOf(window, ledger); ; epoch++) {
    const record = ledger.settled(epoch);
    // Bounds belong to the epoch in which a meter interval ends, which may be after the phase's own last one.
    const end = (window.endEpoch - epoch) * EPOCH_NS + window.endNs;
    if (epoch > last && (record === undefined || record.windowFrom >= end)) break;
    if (record?.settlement === undefined) continue;
    const row = rowOf(record, entry, rowHint);
    if (row < 0) continue;
    const { cuts, parts, stride, rows } = record.settlement;
    const at = row * stride;
    const hasIdle = stride > FIGURE.dynamic + parts;
    for (let part = 0; part < parts; part++) {
      const dynamic = rows[at + FIGURE.dynamic + part] as number;
      const idle = hasIdle ? (rows[at + FIGURE.dynamic + parts + part] as number) : 0;
      dynamicJoules += dynamic;
      idleJoules += idle;
      if (dynamic + idle === 0) continue;
      const ns = part === 0 ? 0 : (cuts[part - 1] as number);
      const slice = { epoch, ns, joules: dynamic + idle };
      if (slices === undefined) slices = [slice];
      else slices.push(slice);
    }
    lower += rows[at + FIGURE.lower] as number;
    upper += rows[at + FIGURE.upper] as number;
    coveredNs += rows[at + FIGURE.coveredNs] as number;
    windowJoules += rows[at + FIGURE.window] as number;
  }
  const joules = dynamicJoules + idleJoules;
  const meter = ledger.meter();
  const terms = ledger.terms();
  return {
    device: ledger.device(),
    dynamicJoules,
    idleJoules,
    lowerJoules: Math.min(lower, joules),
    upperJoules: Math.max(upper, joules),
    coveredNs,
    windowJoules,
    slices: slices ?? NO_SLICES,
    meterKind: meter?.kind,
    isModelled: meter?.isModelled ?? false,
    idlePolicy: terms.idlePolicy,
    timeShape: terms.timeShape,
  };
}

/** A phase's energy over its devices, in device-key order. */
export function sumDevices(devices: readonly DeviceEnergy[], durationNs: number): PhaseEnergy {
  let dynamicJoules = 0;
  let idleJoules = 0;
  let lowerJoules = 0;
  let upperJoules = 0;
  let windowJoules = 0;
  let coveredNs = 0;
  for (const device of devices) {
    dynamicJoules += device.dynamicJoules;
    idleJoules += device.idleJoules;
    lowerJoules += device.lowerJoules;
    upperJoules += device.upperJoules;
    windowJoules += device.windowJoules;
    coveredNs += device.coveredNs;
  }
  const energyJoules = dynamicJoules + idleJoules;
  return {
    dynamicJoules,
    idleJoules,
    energyJoules,
    // Sums round differently; a figure stays within its bounds to the last bit.
    lowerJoules: Math.min(lowerJoules, energyJoules),
    upperJoules: Math.max(upperJoules, energyJoules),
    coverage: Math.min(1, coveredNs / (durationNs * devices.length)),
    windowJoules,
    devices,
  };
}

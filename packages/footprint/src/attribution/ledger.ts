import type { Device } from "../device.ts";
import type { MeterKind, MeterReading } from "../energy/meter-reading.ts";
import { EPOCH_NS, elapsedNs, type Instant } from "../instant.ts";
import type { Phase } from "../phase.ts";
import type { IdlePolicy, TimeShape } from "../policies.ts";
import {
  createDeviceLedger,
  type DeviceBalance,
  type DeviceLedger,
  type LoadReading,
  lastEpochOf,
} from "./device-ledger.ts";
import type { DeviceTerms } from "./epoch-input.ts";
import { rowOf } from "./epoch-record.ts";
import { createPhaseStore, type PhaseStore } from "./phase-store.ts";
import { createEpochSettler, type EpochSettlement } from "./settle-epoch.ts";

/** What shapes a ledger's figures; constants, never learned from data. */
export interface LedgerOptions {
  /** Absent: `separate` on devices with a known idle power, else `included`. */
  readonly idlePolicy?: IdlePolicy;
  /** Absent: `busy` on devices with a known idle power, else `uniform`. */
  readonly timeShape?: TimeShape;
  readonly maxCounterGapNs: number;
  readonly maxPowerGapNs: number;
  readonly maxClockSkewNs: number;
  /** Relative gain error of the sensor; bounds are scaled by `1 ± gainError`. */
  readonly gainError: number;
  /** Longest phase that is charged, ns. */
  readonly maxPhaseNs: number;
  /** How long data is kept for corrections, ns; at least `maxPhaseNs`. */
  readonly keepNs: number;
  /** Times inside an epoch, ns from its start and ascending, at which a device's figures are split. */
  readonly cutsOf?: (device: Device, epoch: number) => readonly number[];
}

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

/** Why a phase was not taken into the ledger. */
export type Refusal = "empty_window" | "too_long" | "too_late" | "bad_weight" | "no_devices";

/** Energy clocks of many devices and the phases charged on them. */
export interface Ledger {
  /** Adds or replaces a device's description; figures that are still kept follow it. */
  addDevice(device: Device): void;
  /** Adds or replaces a phase; devices not known yet are added without idle and maximum power. */
  upsertPhase(phase: Phase): "changed" | "unchanged" | Refusal;
  removePhase(idHigh: number, idLow: number): void;
  /** Takes a reading; false where it is not finite, negative or older than what is kept. */
  addReading(reading: MeterReading): boolean;
  addLoad(load: LoadReading): void;
  /** Figures by what is known now; undefined for a phase that is not in the ledger. */
  energyOf(idHigh: number, idLow: number): PhaseEnergy | undefined;
  /** End of the last meter interval of the device. */
  readUntil(deviceKey: string): Instant | undefined;
  /** Every device, in key order. */
  balances(): readonly DeviceBalance[];
  /** Forgets whole epochs before `instant` that no phase still needs; balances keep their energy. */
  expire(instant: Instant): void;
  readonly phaseCount: number;
  readonly byteLength: number;
}

const NO_CUTS: readonly number[] = [];

/** Creates an empty ledger. */
export function createLedger(options: LedgerOptions): Ledger {
  const store = createPhaseStore();
  const settle = createEpochSettler();
  const cutsOf = options.cutsOf ?? (() => NO_CUTS);
  const limits = { ...options, maxIntervalNs: options.keepNs };
  const ledgers: DeviceLedger[] = [];
  const numbers = new Map<string, number>();
  let expiredBefore = Number.NEGATIVE_INFINITY;

  function numberOf(key: string): number {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const slash = key.indexOf("/");
    return addDevice({ key, node: key.slice(0, slash), id: key.slice(slash + 1) });
  }

  function addDevice(device: Device): number {
    const known = numbers.get(device.key);
    const terms = termsOf(device, options);
    if (known !== undefined) {
      ledgers[known]?.describe(device, terms);
      return known;
    }
    const number = ledgers.length;
    ledgers.push(createDeviceLedger(device, terms, { store, settle, cutsOf, limits }));
    numbers.set(device.key, number);
    return number;
  }

  function refusalOf(phase: Phase): Refusal | undefined {
    const durationNs = elapsedNs(phase.start, phase.end);
    if (!(durationNs > 0)) return "empty_window";
    if (durationNs > options.maxPhaseNs) return "too_long";
    if (phase.start.epoch < expiredBefore) return "too_late";
    if (!(phase.weight >= 0 && phase.weight < Infinity)) return "bad_weight";
    return phase.devices.length === 0 ? "no_devices" : undefined;
  }

  function upsertPhase(phase: Phase): "changed" | "unchanged" | Refusal {
    const refusal = refusalOf(phase);
    const slot = store.find(phase.idHigh, phase.idLow);
    if (refusal !== undefined) {
      // What is too late to change stands.
      if (slot >= 0 && refusal !== "too_late") remove(slot);
      return refusal;
    }
    const shares =
      phase.devices.length === 1
        ? phase.devices
        : [...phase.devices].sort((a, b) =>
            a.device < b.device ? -1 : a.device > b.device ? 1 : 0,
          );
    const devices = shares.map(({ device }) => numberOf(device));
    const parts = shares.map(({ share }) => share);
    if (slot >= 0) {
      if (isSame(store, slot, phase, devices, parts)) return "unchanged";
      remove(slot);
    }
    const added = store.insert(phase, devices, parts);
    for (let entry = store.firstEntry(added); entry >= 0; entry = store.nextEntry(entry)) {
      ledgers[store.entryDevice[entry] as number]?.addEntry(entry);
    }
    return "changed";
  }

  function remove(slot: number): void {
    for (let entry = store.firstEntry(slot); entry >= 0; entry = store.nextEntry(entry)) {
      ledgers[store.entryDevice[entry] as number]?.removeEntry(entry);
    }
    store.remove(slot);
  }

  function energyOf(idHigh: number, idLow: number): PhaseEnergy | undefined {
    const slot = store.find(idHigh, idLow);
    if (slot < 0) return undefined;
    const devices: DeviceEnergy[] = [];
    for (let entry = store.firstEntry(slot); entry >= 0; entry = store.nextEntry(entry)) {
      const ledger = ledgers[store.entryDevice[entry] as number];
      if (ledger !== undefined)
        devices.push(sumEpochs(store, slot, entry, ledger, options, cutsOf));
    }
    return sumDevices(devices, durationNsOf(store, slot));
  }

  return {
    addDevice: (device) => {
      addDevice(device);
    },
    upsertPhase,
    removePhase(idHigh, idLow) {
      const slot = store.find(idHigh, idLow);
      if (slot >= 0) remove(slot);
    },
    addReading(reading) {
      if (!(reading.value >= 0 && reading.value < Infinity)) return false;
      if ((reading.earliest ?? reading.at).epoch < expiredBefore) return false;
      ledgers[numberOf(reading.device)]?.addReading(reading);
      return true;
    },
    addLoad(load) {
      if (load.from.epoch >= expiredBefore) ledgers[numberOf(load.device)]?.addLoad(load);
    },
    energyOf,
    readUntil: (key) => ledgers[numbers.get(key) ?? -1]?.readUntil,
    balances: () =>
      [...numbers.keys()]
        .sort()
        .map((key) => (ledgers[numbers.get(key) as number] as DeviceLedger).balance()),
    expire(instant) {
      const limit = Math.min(
        ...ledgers.map((one) => one.firstNeededAt(instant.epoch)),
        instant.epoch,
      );
      if (limit <= expiredBefore) return;
      expiredBefore = limit;
      const ended = new Set<number>();
      for (const ledger of ledgers) for (const slot of ledger.expire(limit)) ended.add(slot);
      for (const slot of ended) store.remove(slot);
    },
    get phaseCount() {
      return store.size;
    },
    get byteLength() {
      return ledgers.reduce((bytes, ledger) => bytes + ledger.byteLength, store.byteLength);
    },
  };
}

function termsOf(device: Device, options: LedgerOptions): DeviceTerms {
  const isIdleKnown = device.idleWatts !== undefined;
  return {
    idleWatts: device.idleWatts ?? 0,
    maxWatts: device.maxWatts ?? Infinity,
    idlePolicy: isIdleKnown ? (options.idlePolicy ?? "separate") : "included",
    timeShape: isIdleKnown ? (options.timeShape ?? "busy") : "uniform",
  };
}

function durationNsOf(store: PhaseStore, slot: number): number {
  return (
    ((store.endEpoch[slot] as number) - (store.startEpoch[slot] as number)) * EPOCH_NS +
    ((store.endNs[slot] as number) - (store.startNs[slot] as number))
  );
}

function isSame(
  store: PhaseStore,
  slot: number,
  phase: Phase,
  devices: readonly number[],
  shares: readonly number[],
): boolean {
  let entry = store.firstEntry(slot);
  for (let i = 0; i < devices.length; i++) {
    if (entry < 0) return false;
    if (store.entryDevice[entry] !== devices[i] || store.entryShare[entry] !== shares[i])
      return false;
    entry = store.nextEntry(entry);
  }
  return (
    entry < 0 &&
    store.startEpoch[slot] === phase.start.epoch &&
    store.startNs[slot] === phase.start.ns &&
    store.endEpoch[slot] === phase.end.epoch &&
    store.endNs[slot] === phase.end.ns &&
    store.weight[slot] === phase.weight &&
    store.queueing[slot] === (phase.includesQueueing === true ? 1 : 0)
  );
}

/** An interval that ends before the phase starts may lie within it where reading times are ranges. */
function firstEpochOf(store: PhaseStore, slot: number, ledger: DeviceLedger): number {
  let epoch = store.startEpoch[slot] as number;
  for (let start = store.startNs[slot] as number; ; epoch--) {
    start += EPOCH_NS;
    const before = ledger.settled(epoch - 1);
    if (before === undefined || before.windowTo <= start) return epoch;
  }
}

/** A phase's energy on one device is the sum over its epochs in order. */
function sumEpochs(
  store: PhaseStore,
  slot: number,
  entry: number,
  ledger: DeviceLedger,
  { gainError }: LedgerOptions,
  cutsOf: (device: Device, epoch: number) => readonly number[],
): DeviceEnergy {
  const last = lastEpochOf(store, slot);
  const slices: EnergySlice[] = [];
  let dynamicJoules = 0;
  let idleJoules = 0;
  let lower = 0;
  let upper = 0;
  let coveredNs = 0;
  let windowJoules = 0;
  for (let epoch = firstEpochOf(store, slot, ledger); ; epoch++) {
    const record = ledger.settled(epoch);
    // Bounds belong to the epoch in which a meter interval ends, which may be after the phase's own last one.
    const end =
      ((store.endEpoch[slot] as number) - epoch) * EPOCH_NS + (store.endNs[slot] as number);
    if (epoch > last && (record === undefined || record.windowFrom >= end)) break;
    const row = record === undefined ? -1 : rowOf(record, entry);
    if (row < 0) continue;
    const figures = record?.settlement as EpochSettlement;
    for (let part = 0; part < figures.parts; part++) {
      const dynamic = figures.dynamicJoules[row * figures.parts + part] as number;
      const idle = figures.idleJoules[row * figures.parts + part] as number;
      dynamicJoules += dynamic;
      idleJoules += idle;
      if (dynamic + idle === 0) continue;
      const ns = part === 0 ? 0 : (cutsOf(ledger.device, epoch)[part - 1] as number);
      slices.push({ epoch, ns, joules: dynamic + idle });
    }
    lower += figures.lowerJoules[row] as number;
    upper += figures.upperJoules[row] as number;
    coveredNs += figures.coveredNs[row] as number;
    windowJoules += figures.windowJoules[row] as number;
  }
  const joules = dynamicJoules + idleJoules;
  return {
    device: ledger.device,
    dynamicJoules,
    idleJoules,
    lowerJoules: Math.min(lower, joules) * (1 - gainError),
    upperJoules: Math.max(upper, joules) * (1 + gainError),
    coveredNs,
    windowJoules,
    slices,
    meterKind: ledger.meter?.kind,
    isModelled: ledger.meter?.isModelled ?? false,
    idlePolicy: ledger.terms.idlePolicy,
    timeShape: ledger.terms.timeShape,
  };
}

function sumDevices(devices: readonly DeviceEnergy[], durationNs: number): PhaseEnergy {
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

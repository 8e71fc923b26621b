import type { Device } from "../device.ts";
import type { MeterReading } from "../energy/meter-reading.ts";
import { elapsedNs, type Instant } from "../instant.ts";
import type { DeviceShare, Phase } from "../phase.ts";
import type { IdlePolicy, TimeShape } from "../policies.ts";
import type { DeviceBalance } from "./balance-device.ts";
import type { LoadReading } from "./count-load.ts";
import {
  createDeviceLedger,
  type DeviceLedger,
  type DeviceLedgerContext,
  type LoadBasis,
} from "./device-ledger.ts";
import { createEntryColumns, type DeviceTerms } from "./epoch-input.ts";
import {
  createPhaseStore,
  durationNsOf,
  emptyLinks,
  emptyWindow,
  firstEntryOf,
  handleOf,
  isSameEntry,
  isSamePhase,
  nextEntryOf,
  type PhaseStore,
  readLinks,
  readWindow,
} from "./phase-store.ts";
import { createEpochSettler } from "./settle-epoch.ts";
import { type DeviceEnergy, type PhaseEnergy, sumDevices, sumEpochs } from "./sum-energy.ts";
import { createEpochTallier } from "./tally-epoch.ts";
import type { WorkEnergy } from "./work-energy.ts";
import type { WorkReading } from "./work-series.ts";

/** What shapes a ledger's figures; constants, never learned from data. */
export interface LedgerOptions {
  /** Absent: `separate` on devices with a known idle power, else `included`. */
  readonly idlePolicy?: IdlePolicy;
  /** Absent: `busy` on devices with a known idle power, else `uniform`. */
  readonly timeShape?: TimeShape;
  readonly maxCounterGapNs: number;
  readonly maxPowerGapNs: number;
  readonly maxClockSkewNs: number;
  /** Relative gain error of the sensor, which shows `1 ± gainError` times what was drawn; below 1. */
  readonly gainError: number;
  /** Longest phase that is charged, ns. */
  readonly maxPhaseNs: number;
  /** How long data is kept for corrections, ns; at least `maxPhaseNs`. */
  readonly keepNs: number;
  /** Times inside an epoch, ns from its start and ascending, at which a device's figures are split. */
  readonly cutsOf?: (device: Device, epoch: number) => readonly number[];
  /** Told of the work of epochs that are forgotten; `work` does not give it any more. */
  readonly onWork?: (work: WorkEnergy) => void;
}

/** Why a phase was not taken into the ledger. */
export type Refusal = "empty_window" | "too_long" | "too_late" | "bad_weight" | "no_devices";

/** Names a phase in a ledger; of a phase that was removed or forgotten it names nothing, ever. */
export type PhaseHandle = number;

/** Energy clocks of many devices and the phases charged on them. */
export interface Ledger {
  /** Adds or replaces a device's description; figures that are still kept follow it. */
  addDevice(device: Device): void;
  /**
   * Adds a phase, or puts it in the place of the one that `handle` names. Gives the handle that names it from now on,
   * the same where nothing changed; where it is refused nothing has the handle's place, unless it is too late to change.
   * Devices not known yet are added without idle and maximum power.
   */
  upsertPhase(phase: Phase, handle?: PhaseHandle): PhaseHandle | Refusal;
  removePhase(handle: PhaseHandle): void;
  /** Takes a reading; false where it is not finite, negative or older than what is kept. */
  addReading(reading: MeterReading): boolean;
  addLoad(load: LoadReading): void;
  /** Takes what an engine has computed so far; false where it is older than what is kept. */
  addWork(reading: WorkReading): boolean;
  /** Figures by what is known now; undefined for a phase that is not in the ledger, or no longer. */
  energyOf(handle: PhaseHandle): PhaseEnergy | undefined;
  /** End of the last meter interval of the device. */
  readUntil(deviceKey: string): Instant | undefined;
  /** How the load beside a phase in `[start, end)` is known, by what was settled last. */
  loadBasis(deviceKey: string, start: Instant, end: Instant): LoadBasis;
  /** What work that engines counted took, with spans or without; by device key, epoch and source. */
  work(): readonly WorkEnergy[];
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
  const context: DeviceLedgerContext = {
    store,
    columns: createEntryColumns(0),
    settle: createEpochSettler(),
    tally: createEpochTallier(),
    onWork: options.onWork,
    cutsOf: options.cutsOf ?? (() => NO_CUTS),
    limits: { ...options, maxIntervalNs: options.keepNs },
  };
  const window = emptyWindow();
  const links = emptyLinks();
  const ledgers: DeviceLedger[] = [];
  const numbers = new Map<string, number>();
  /** The device named last: phases and readings come in runs. */
  let recentKey = "";
  let recentNumber = -1;
  let expiredBefore = Number.NEGATIVE_INFINITY;

  function numberOf(key: string): number {
    if (key === recentKey) return recentNumber;
    const slash = key.indexOf("/");
    recentNumber =
      numbers.get(key) ?? addDevice({ key, node: key.slice(0, slash), id: key.slice(slash + 1) });
    recentKey = key;
    return recentNumber;
  }

  function addDevice(device: Device): number {
    const known = numbers.get(device.key);
    const terms = termsOf(device, options);
    if (known !== undefined) {
      ledgers[known]?.describe(device, terms);
      return known;
    }
    const number = ledgers.length;
    ledgers.push(createDeviceLedger(device, terms, context));
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

  function upsertPhase(phase: Phase, handle?: PhaseHandle): PhaseHandle | Refusal {
    const refusal = refusalOf(phase);
    const slot = handle === undefined ? -1 : store.find(handle);
    if (refusal !== undefined) {
      // What is too late to change stands.
      if (slot >= 0 && refusal !== "too_late") remove(slot);
      return refusal;
    }
    const shares = inKeyOrder(phase.devices);
    if (slot >= 0) {
      if (isSame(store, slot, phase, shares, numberOf)) return handleOf(store, slot);
      remove(slot);
    }
    const added = store.insert(phase, shares, numberOf);
    readWindow(store, added, window);
    for (let entry = window.firstEntry; entry >= 0; entry = links.next) {
      ledgers[readLinks(store, entry, links).device]?.addEntry(entry, window);
    }
    return handleOf(store, added);
  }

  function remove(slot: number): void {
    readWindow(store, slot, window);
    for (let entry = window.firstEntry; entry >= 0; entry = links.next) {
      ledgers[readLinks(store, entry, links).device]?.removeEntry(entry, window);
    }
    store.remove(slot);
  }

  function energyOf(handle: PhaseHandle): PhaseEnergy | undefined {
    const slot = store.find(handle);
    if (slot < 0) return undefined;
    readWindow(store, slot, window);
    let devices: DeviceEnergy[] | undefined;
    for (let entry = window.firstEntry; entry >= 0; entry = links.next) {
      const { device, rowHint } = readLinks(store, entry, links);
      const ledger = ledgers[device] as DeviceLedger;
      const energy = sumEpochs(window, entry, rowHint, ledger);
      // Most phases have one device: a literal holds just it.
      if (devices === undefined) devices = [energy];
      else devices.push(energy);
    }
    return devices && sumDevices(devices, durationNsOf(window));
  }

  return {
    addDevice: (device) => {
      addDevice(device);
    },
    upsertPhase,
    removePhase(handle) {
      const slot = store.find(handle);
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
    addWork(reading) {
      if (reading.at.epoch < expiredBefore) return false;
      ledgers[numberOf(reading.device)]?.addWork(reading);
      return true;
    },
    energyOf,
    readUntil: (key) => ledgers[numbers.get(key) ?? -1]?.readUntil(),
    loadBasis: (key, start, end) =>
      ledgers[numbers.get(key) ?? -1]?.loadBasis(start, end) ?? "seen",
    work: () =>
      [...numbers.keys()]
        .sort()
        .flatMap((key) => (ledgers[numbers.get(key) as number] as DeviceLedger).work()),
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
      const ended: number[] = [];
      for (const ledger of ledgers) ledger.expire(limit, ended);
      // Slots are given out again in the order in which they were taken.
      for (let i = ended.length - 1; i >= 0; i--) store.remove(ended[i] as number);
    },
    get phaseCount() {
      return store.size;
    },
    get byteLength() {
      return ledgers.reduce((bytes, ledger) => bytes + ledger.byteLength(), store.byteLength);
    },
  };
}

function termsOf(device: Device, options: LedgerOptions): DeviceTerms {
  const isIdleKnown = device.idleWatts !== undefined;
  return {
    idleWatts: device.idleWatts ?? 0,
    maxWatts: device.maxWatts ?? Infinity,
    gainError: options.gainError,
    maxClockSkewNs: options.maxClockSkewNs,
    idlePolicy: isIdleKnown ? (options.idlePolicy ?? "separate") : "included",
    timeShape: isIdleKnown ? (options.timeShape ?? "busy") : "uniform",
  };
}

function inKeyOrder(shares: readonly DeviceShare[]): readonly DeviceShare[] {
  if (shares.length === 1) return shares;
  return [...shares].sort((a, b) => (a.device < b.device ? -1 : a.device > b.device ? 1 : 0));
}

function isSame(
  store: PhaseStore,
  slot: number,
  phase: Phase,
  shares: readonly DeviceShare[],
  numberOf: (key: string) => number,
): boolean {
  let entry = firstEntryOf(store, slot);
  for (const { device, share } of shares) {
    if (entry < 0 || !isSameEntry(store, entry, numberOf(device), share)) return false;
    entry = nextEntryOf(store, entry);
  }
  return entry < 0 && isSamePhase(store, slot, phase);
}

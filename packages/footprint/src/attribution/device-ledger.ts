import type { Device } from "../device.ts";
import type { MeterKind, MeterReading } from "../energy/meter-reading.ts";
import {
  createMeterSeries,
  type MeterLimits,
  type MeterSeries,
  NO_INTERVALS,
} from "../energy/meter-series.ts";
import { compareInstants, EPOCH_NS, type Instant } from "../instant.ts";
import { emptyBalance } from "./advance-clocks.ts";
import { balanceDevice, type DeviceBalance, foldBalance } from "./balance-device.ts";
import { windowOf } from "./build-segments.ts";
import type { LoadReading } from "./count-load.ts";
import { createDeviceEpochs } from "./device-epochs.ts";
import type { DeviceTerms, EntryColumns, EpochInput, IntervalColumns } from "./epoch-input.ts";
import type { EpochRecord } from "./epoch-record.ts";
import { gatherEntries } from "./gather-entries.ts";
import { createLoadLog } from "./load-log.ts";
import { endedSlotOf, lastEpochOf, type PhaseStore, type PhaseWindow } from "./phase-store.ts";
import { blockEndOf, blockOf, createPriceWindows } from "./price-window.ts";
import type { EpochSettlement } from "./settle-epoch.ts";
import type { EpochTally } from "./tally-epoch.ts";
import { drawnWhile, type WorkEnergy } from "./work-energy.ts";
import type { WorkReading } from "./work-series.ts";

/** One device's clock: its readings, its entries by epoch, and their settlements. */
export interface DeviceLedger {
  device(): Device;
  terms(): DeviceTerms;
  /** Which meter the figures come from: the best that has readings. */
  meter(): { readonly kind: MeterKind; readonly isModelled: boolean } | undefined;
  readUntil(): Instant | undefined;
  /** Replaces the description; every figure that is still kept follows it. */
  describe(device: Device, terms: DeviceTerms): void;
  /** Lists an entry of a phase that was in `window`. */
  addEntry(entry: number, window: PhaseWindow): void;
  removeEntry(entry: number, window: PhaseWindow): void;
  addReading(reading: MeterReading): void;
  addLoad(load: LoadReading): void;
  addWork(reading: WorkReading): void;
  /** The epoch's figures, settled now if anything it depends on changed. */
  settled(epoch: number): EpochRecord | undefined;
  balance(): DeviceBalance;
  /** What counted work took, by source and epoch, as far as it is kept. */
  work(): WorkEnergy[];
  loadBasis(start: Instant, end: Instant): LoadBasis;
  /** First epoch that phases which end in `epoch` or later meet. */
  firstNeededAt(epoch: number): number;
  /** Folds epochs before `epoch` into the balance; adds to `ended` the phases, each once, that ended there. */
  expire(epoch: number, ended: number[]): void;
  byteLength(): number;
}

/** `counted` by engines all along, `priced` by sampled traces, or what spans show. */
export type LoadBasis = "counted" | "priced" | "seen";

/** What all device ledgers of a ledger share. */
export interface DeviceLedgerContext {
  readonly store: PhaseStore;
  /** Working memory. */
  readonly columns: EntryColumns;
  readonly settle: (input: EpochInput) => EpochSettlement;
  readonly tally: (input: EpochInput) => EpochTally;
  /** Told of counted work that is kept no more. */
  readonly onWork: ((work: WorkEnergy) => void) | undefined;
  readonly cutsOf: (device: Device, epoch: number) => readonly number[];
  readonly limits: Omit<MeterLimits, "maxWatts">;
}

const METERS = [
  { kind: "counter", isModelled: false },
  { kind: "power", isModelled: false },
  { kind: "counter", isModelled: true },
  { kind: "power", isModelled: true },
] as const;

/** Creates the ledger of one device. */
export function createDeviceLedger(
  firstDevice: Device,
  firstTerms: DeviceTerms,
  { store, columns, settle, tally, onWork, cutsOf, limits }: DeviceLedgerContext,
): DeviceLedger {
  let device = firstDevice;
  let terms = firstTerms;
  const epochs = createDeviceEpochs(limits.maxIntervalNs);
  const { find } = epochs;
  const meterLimits = { ...limits, maxWatts: terms.maxWatts };
  const series: (MeterSeries | undefined)[] = METERS.map(() => undefined);
  const loads = createLoadLog(limits.maxCounterGapNs);
  const folded = emptyBalance();
  let first: Instant | undefined;
  let last: Instant | undefined;
  /** Index of the best meter that has readings; -1 for none. */
  let best = -1;

  function seriesOf(rank: number): MeterSeries {
    const { kind } = METERS[rank] as (typeof METERS)[number];
    series[rank] ??= createMeterSeries(kind, meterLimits);
    return series[rank];
  }

  const intervalsOf = (epoch: number): IntervalColumns =>
    series[best]?.intervalsOf(epoch) ?? NO_INTERVALS;

  function inputOf(epoch: number, record: EpochRecord): EpochInput {
    const intervals = intervalsOf(epoch);
    epochs.setWindow(record, ...windowOf(intervals));
    gatherEntries(columns, store, find, epoch, record);
    const counted = loads.countedIn(epoch, record);
    return {
      terms,
      entries: columns,
      intervals,
      counted,
      loads: windows.withSampled(loads.loadsOf(counted), epoch, record),
      cuts: cutsOf(device, epoch),
    };
  }

  function settleAlone(epoch: number, record: EpochRecord): void {
    record.settlement = settle(inputOf(epoch, record));
    record.isDirty = false;
  }

  const windows = createPriceWindows({
    find,
    isCounted: loads.covers,
    tally: (epoch, record) => tally(inputOf(epoch, record)),
    settle: settleAlone,
  });
  windows.isAlways = firstDevice.isSampled === true;

  function settled(epoch: number): EpochRecord | undefined {
    if (windows.isSampled(epoch)) windows.refresh(epoch);
    const record = find(epoch);
    if (record?.isDirty === true) settleAlone(epoch, record);
    return record;
  }

  /** In sampled epochs all of the epoch turns with whether it was counted whole. */
  function soilLoad(from: Instant, to: Instant): void {
    epochs.soil(from, to);
    const isWhole = windows.isSampled(from.epoch) || windows.isSampled(to.epoch);
    epochs.soilNeighbours(from.epoch, isWhole ? 0 : from.ns, to.epoch, isWhole ? EPOCH_NS : to.ns);
  }

  /** Soils the blocks of epochs that are sampled now, or are not any more. */
  function noteSampled(window: PhaseWindow, step: "note" | "forget"): void {
    if (!window.isSample) return;
    const { startEpoch } = window;
    const lastEpoch = lastEpochOf(window);
    if (windows[step](startEpoch, lastEpoch)) {
      epochs.soilKnown(blockOf(startEpoch), blockEndOf(lastEpoch) - 1);
    }
  }

  const workOf = (epoch: number): WorkEnergy[] =>
    loads.shareIn(device, epoch, (counted) => drawnWhile(counted, intervalsOf(epoch), terms));

  return {
    device: () => device,
    terms: () => terms,
    describe(newDevice, newTerms) {
      device = newDevice;
      terms = newTerms;
      meterLimits.maxWatts = newTerms.maxWatts;
      windows.isAlways = newDevice.isSampled === true;
      epochs.soilAll();
    },
    meter: () => METERS[best],
    readUntil: () => series[best]?.readUntil(),
    settled,
    addEntry(entry, window) {
      epochs.addEntry(entry, window);
      noteSampled(window, "note");
    },
    removeEntry(entry, window) {
      epochs.removeEntry(entry, window);
      noteSampled(window, "forget");
    },
    addReading(reading) {
      const rank = METERS.findIndex(
        ({ kind, isModelled }) =>
          kind === reading.kind && isModelled === (reading.modelled === true),
      );
      const meter = seriesOf(rank);
      const stretch = meter.add(reading);
      if (stretch === undefined) return;
      if (best >= 0 && rank > best) return;
      const isBetter = rank < best;
      best = rank;
      if (isBetter) {
        epochs.soilAll();
        first = undefined;
        last = undefined;
      }
      epochs.soil(stretch.from, stretch.to);
      if (first === undefined || compareInstants(stretch.from, first) < 0) first = meter.first();
      last = meter.last();
    },
    addLoad(load) {
      loads.addLoad(load);
      soilLoad(load.from, load.to);
    },
    addWork(reading) {
      const stretch = loads.addWork(reading);
      if (stretch !== undefined) soilLoad(stretch.from, stretch.to);
    },
    balance: () => {
      const totals = { ...folded };
      for (const epoch of epochs.known()) foldBalance(totals, settled(epoch));
      return balanceDevice(device, totals, first, last, METERS[best]?.isModelled ?? false);
    },
    work: () => epochs.known().flatMap(workOf),
    loadBasis(start, end) {
      let isCounted = true;
      for (let epoch = start.epoch; epoch <= end.epoch; epoch++) {
        if (epoch === end.epoch && end.ns === 0) break;
        if (windows.hasPrice(epoch)) return "priced";
        isCounted &&= loads.covers(epoch);
      }
      return isCounted ? "counted" : "seen";
    },
    firstNeededAt(limit) {
      const needed = epochs.firstReaching(limit);
      return windows.isSampled(needed) ? blockOf(needed) : needed;
    },
    expire(limit, ended) {
      const past = epochs.known().filter((epoch) => epoch < limit);
      for (const epoch of past) {
        foldBalance(folded, settled(epoch));
        if (onWork !== undefined) workOf(epoch).forEach(onWork);
      }
      for (const epoch of past) listEnded(store, epoch, find(epoch) as EpochRecord, ended);
      epochs.dropBefore(limit);
      for (const meter of series) meter?.dropBefore({ epoch: limit, ns: 0 });
      loads.dropBefore({ epoch: limit, ns: 0 });
      windows.expire(limit);
    },
    byteLength() {
      let bytes = loads.byteLength() + epochs.byteLength();
      for (const meter of series) bytes += meter?.byteLength() ?? 0;
      return bytes;
    },
  };
}

function listEnded(
  store: PhaseStore,
  epoch: number,
  { listed, size }: EpochRecord,
  ended: number[],
): void {
  for (let i = 0; i < size; i++) {
    const slot = endedSlotOf(store, listed[i] as number, epoch);
    if (slot >= 0) ended.push(slot);
  }
}

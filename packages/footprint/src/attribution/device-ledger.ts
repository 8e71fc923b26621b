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
import type { DeviceTerms, EntryColumns, EpochInput, IntervalColumns } from "./epoch-input.ts";
import { createEpochRecord, type EpochRecord, listEntry, unlistEntry } from "./epoch-record.ts";
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

/** Most intervals on either side of a reading that it can change. */
const MAX_INTERVALS_CHANGED = 3;

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
  const epochs = new Map<number, EpochRecord>();
  const meterLimits = { ...limits, maxWatts: terms.maxWatts };
  const series: (MeterSeries | undefined)[] = METERS.map(() => undefined);
  const loads = createLoadLog(limits.maxCounterGapNs);
  const folded = emptyBalance();
  let first: Instant | undefined;
  let last: Instant | undefined;
  /** How many epochs a window has reached beyond its own. */
  let reachEpochs = 0;
  let expiredBefore = Number.NEGATIVE_INFINITY;

  /** Index of the best meter that has readings; -1 for none. */
  let best = -1;
  /** Records of the epochs asked for last, by the low bits of their number: phases are asked for in runs. */
  const recent: (EpochRecord | undefined)[] = [undefined, undefined, undefined, undefined];
  const recentEpochs = [-1, -1, -1, -1];

  function seriesOf(rank: number): MeterSeries {
    const { kind } = METERS[rank] as (typeof METERS)[number];
    series[rank] ??= createMeterSeries(kind, meterLimits);
    return series[rank];
  }

  const intervalsOf = (epoch: number): IntervalColumns =>
    series[best]?.intervalsOf(epoch) ?? NO_INTERVALS;

  function find(epoch: number): EpochRecord | undefined {
    const place = epoch & 3;
    if (recentEpochs[place] !== epoch) {
      recentEpochs[place] = epoch;
      recent[place] = epochs.get(epoch);
    }
    return recent[place];
  }

  function recordOf(epoch: number): EpochRecord {
    let record = find(epoch);
    if (record === undefined) {
      record = createEpochRecord();
      epochs.set(epoch, record);
      recent[epoch & 3] = record;
    }
    return record;
  }

  function soil(from: Instant, to: Instant): void {
    // Between readings further apart than intervals may be nothing is read: no epoch there depends on them.
    const reach = MAX_INTERVALS_CHANGED * Math.ceil(limits.maxIntervalNs / EPOCH_NS + 1);
    const earliest = Math.max(from.epoch, expiredBefore, to.epoch - reach);
    for (let epoch = earliest; epoch <= to.epoch; epoch++) recordOf(epoch).isDirty = true;
  }

  /** Epochs around a stretch from `fromNs` of one epoch to `toNs` of another whose windows reach into it. */
  function soilNeighbours(from: number, fromNs: number, to: number, toNs: number): void {
    // At distance 0 too: a stretch that ends with an epoch is not listed in the next, whose window may reach it.
    for (let distance = 0; distance <= reachEpochs; distance++) {
      const before = find(from - distance);
      if (before !== undefined && before.windowTo > distance * EPOCH_NS + fromNs) {
        before.isDirty = true;
      }
      const after = find(to + distance);
      if (after !== undefined && after.windowFrom < toNs - distance * EPOCH_NS) {
        after.isDirty = true;
      }
    }
  }

  function inputOf(epoch: number, record: EpochRecord): EpochInput {
    const intervals = intervalsOf(epoch);
    [record.windowFrom, record.windowTo] = windowOf(intervals);
    reachEpochs = Math.max(
      reachEpochs,
      Math.ceil(-record.windowFrom / EPOCH_NS),
      Math.ceil(record.windowTo / EPOCH_NS) - 1,
    );
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

  /** Blocks of epochs that are sampled now, or are not any more. */
  function soilBlocks(first: number, last: number): void {
    const [from, to] = [blockOf(first), blockEndOf(last) - 1];
    for (let epoch = from; epoch <= to; epoch++) {
      const record = find(epoch);
      if (record !== undefined) record.isDirty = true;
    }
    soilNeighbours(from, 0, to, EPOCH_NS);
  }

  /** In sampled epochs all of the epoch turns with whether it was counted whole. */
  function soilLoad(from: Instant, to: Instant): void {
    soil(from, to);
    const isWhole = windows.isSampled(from.epoch) || windows.isSampled(to.epoch);
    soilNeighbours(from.epoch, isWhole ? 0 : from.ns, to.epoch, isWhole ? EPOCH_NS : to.ns);
  }

  function noteSampled(window: PhaseWindow, step: "note" | "forget"): void {
    const last = lastEpochOf(window);
    if (windows[step](window.startEpoch, last)) soilBlocks(window.startEpoch, last);
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
      for (const record of epochs.values()) record.isDirty = true;
    },
    meter: () => METERS[best],
    readUntil: () => series[best]?.readUntil(),
    settled,
    addEntry(entry, window) {
      const end = lastEpochOf(window);
      for (let epoch = window.startEpoch; epoch <= end; epoch++) {
        listEntry(recordOf(epoch), entry, end);
      }
      soilNeighbours(window.startEpoch, window.startNs, window.endEpoch, window.endNs);
      if (window.isSample) noteSampled(window, "note");
    },
    removeEntry(entry, window) {
      const end = lastEpochOf(window);
      for (let epoch = window.startEpoch; epoch <= end; epoch++) {
        unlistEntry(recordOf(epoch), entry);
      }
      soilNeighbours(window.startEpoch, window.startNs, window.endEpoch, window.endNs);
      if (window.isSample) noteSampled(window, "forget");
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
        for (const record of epochs.values()) record.isDirty = true;
        first = undefined;
        last = undefined;
      }
      soil(stretch.from, stretch.to);
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
      for (const epoch of [...epochs.keys()].sort((a, b) => a - b))
        foldBalance(totals, settled(epoch));
      return balanceDevice(device, totals, first, last, METERS[best]?.isModelled ?? false);
    },
    work: () => [...epochs.keys()].sort((a, b) => a - b).flatMap(workOf),
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
      let needed = limit;
      for (const [epoch, { lastEpoch }] of epochs) {
        if (epoch < needed && lastEpoch >= limit) needed = epoch;
      }
      return windows.isSampled(needed) ? blockOf(needed) : needed;
    },
    expire(limit, ended) {
      const past = [...epochs.keys()].filter((epoch) => epoch < limit).sort((a, b) => a - b);
      for (const epoch of past) {
        foldBalance(folded, settled(epoch));
        if (onWork !== undefined) workOf(epoch).forEach(onWork);
      }
      for (const epoch of past) {
        const { listed, size } = recordOf(epoch);
        for (let i = 0; i < size; i++) {
          const slot = endedSlotOf(store, listed[i] as number, epoch);
          if (slot >= 0) ended.push(slot);
        }
        epochs.delete(epoch);
      }
      recentEpochs.fill(-1);
      expiredBefore = Math.max(expiredBefore, limit);
      for (const meter of series) meter?.dropBefore({ epoch: limit, ns: 0 });
      loads.dropBefore({ epoch: limit, ns: 0 });
      windows.expire(limit);
    },
    byteLength() {
      let bytes = 0;
      for (const meter of series) bytes += meter?.byteLength() ?? 0;
      bytes += loads.byteLength();
      for (const { listed, rows, settlement } of epochs.values()) {
        bytes += listed.byteLength + rows.byteLength + (settlement?.rows.byteLength ?? 0);
      }
      return bytes;
    },
  };
}

import type { Device } from "../device.ts";
import type { MeterKind, MeterReading } from "../energy/meter-reading.ts";
import { createMeterSeries, type MeterLimits, type MeterSeries } from "../energy/meter-series.ts";
import { compareInstants, EPOCH_NS, type Instant } from "../instant.ts";
import { emptyBalance } from "./advance-clocks.ts";
import { balanceDevice, type DeviceBalance, foldBalance } from "./balance-device.ts";
import { windowOf } from "./build-segments.ts";
import { compareLoads, type LoadReading, loadsOf } from "./count-load.ts";
import type { EpochInput } from "./epoch-input.ts";
import { createEntryColumns, type DeviceTerms, type EntryColumns } from "./epoch-input.ts";
import { createEpochRecord, type EpochRecord, listEntry, unlistEntry } from "./epoch-record.ts";
import {
  endNsFrom,
  endOf,
  lastEpochOf,
  type PhaseStore,
  startNsFrom,
  startOf,
} from "./phase-store.ts";
import type { EpochSettlement } from "./settle-epoch.ts";

/** One device's clock: its readings, its entries by epoch, and their settlements. */
export interface DeviceLedger {
  readonly device: Device;
  readonly terms: DeviceTerms;
  /** Which meter the figures come from: the best that has readings. */
  readonly meter: { readonly kind: MeterKind; readonly isModelled: boolean } | undefined;
  readonly readUntil: Instant | undefined;
  /** Replaces the description; every figure that is still kept follows it. */
  describe(device: Device, terms: DeviceTerms): void;
  addEntry(entry: number): void;
  removeEntry(entry: number): void;
  addReading(reading: MeterReading): void;
  addLoad(load: LoadReading): void;
  /** The epoch's figures, settled now if anything it depends on changed. */
  settled(epoch: number): EpochRecord | undefined;
  balance(): DeviceBalance;
  /** First epoch that phases which end in `epoch` or later meet. */
  firstNeededAt(epoch: number): number;
  /** Folds epochs before `epoch` into the balance; gives the slots of phases that ended there. */
  expire(epoch: number): Set<number>;
  readonly byteLength: number;
}

/** What all device ledgers of a ledger share. */
export interface DeviceLedgerContext {
  readonly store: PhaseStore;
  readonly settle: (input: EpochInput) => EpochSettlement;
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
  { store, settle, cutsOf, limits }: DeviceLedgerContext,
): DeviceLedger {
  let device = firstDevice;
  let terms = firstTerms;
  const epochs = new Map<number, EpochRecord>();
  const series: readonly MeterSeries[] = METERS.map((meter) =>
    createMeterSeries(meter.kind, {
      ...limits,
      get maxWatts() {
        return terms.maxWatts;
      },
    }),
  );
  const loads: LoadReading[] = [];
  const columns = createEntryColumns(0);
  const folded = emptyBalance();
  let first: Instant | undefined;
  let last: Instant | undefined;
  /** How many epochs a window has reached beyond its own. */
  let reachEpochs = 0;
  let expiredBefore = Number.NEGATIVE_INFINITY;

  const bestMeter = (): number => series.findIndex((meter) => meter.size > 0);

  function recordOf(epoch: number): EpochRecord {
    let record = epochs.get(epoch);
    if (record === undefined) {
      record = createEpochRecord();
      epochs.set(epoch, record);
    }
    return record;
  }

  function soil(from: Instant, to: Instant): void {
    // Between readings further apart than intervals may be nothing is read: no epoch there depends on them.
    const reach = MAX_INTERVALS_CHANGED * Math.ceil(limits.maxIntervalNs / EPOCH_NS + 1);
    const earliest = Math.max(from.epoch, expiredBefore, to.epoch - reach);
    for (let epoch = earliest; epoch <= to.epoch; epoch++) recordOf(epoch).isDirty = true;
  }

  /** Epochs around the stretch `[from, to)` whose windows reach into it. */
  function soilNeighbours(from: Instant, to: Instant): void {
    // At distance 0 too: a stretch that ends with an epoch is not listed in the next, whose window may reach it.
    for (let distance = 0; distance <= reachEpochs; distance++) {
      const before = epochs.get(from.epoch - distance);
      const start = distance * EPOCH_NS + from.ns;
      if (before !== undefined && before.windowTo > start) before.isDirty = true;
      const after = epochs.get(to.epoch + distance);
      const end = to.ns - distance * EPOCH_NS;
      if (after !== undefined && after.windowFrom < end) after.isDirty = true;
    }
  }

  function soilAround(entry: number): void {
    const slot = store.entrySlot[entry] as number;
    soilNeighbours(startOf(store, slot), endOf(store, slot));
  }

  function eachEpoch(entry: number, visit: (record: EpochRecord) => void): void {
    const slot = store.entrySlot[entry] as number;
    const end = lastEpochOf(store, slot);
    for (let epoch = store.startEpoch[slot] as number; epoch <= end; epoch++) {
      visit(recordOf(epoch));
    }
  }

  function settled(epoch: number): EpochRecord | undefined {
    const record = epochs.get(epoch);
    if (record === undefined || !record.isDirty) return record;
    const meter = bestMeter();
    const intervals = (series[meter] ?? (series[0] as MeterSeries)).intervalsOf(epoch);
    [record.windowFrom, record.windowTo] = windowOf(intervals);
    reachEpochs = Math.max(
      reachEpochs,
      Math.ceil(-record.windowFrom / EPOCH_NS),
      Math.ceil(record.windowTo / EPOCH_NS) - 1,
    );
    record.rows = gather(epoch, record);
    fillColumns(columns, store, record.rows, epoch);
    record.settlement = settle({
      terms,
      entries: columns,
      intervals,
      loads: loadsOf(loads, epoch, record),
      cuts: cutsOf(device, epoch),
    });
    record.isDirty = false;
    return record;
  }

  function gather(epoch: number, record: EpochRecord): Uint32Array {
    const firstEpoch = epoch + Math.floor(record.windowFrom / EPOCH_NS);
    const lastEpoch = epoch + Math.ceil(record.windowTo / EPOCH_NS) - 1;
    if (firstEpoch === epoch && lastEpoch === epoch) {
      return record.listed.slice(0, record.size).sort();
    }
    const found: number[] = [];
    for (let other = firstEpoch; other <= lastEpoch; other++) {
      const { listed, size } = epochs.get(other) ?? { listed: record.listed, size: 0 };
      for (let i = 0; i < size; i++) {
        const entry = listed[i] as number;
        if (other === epoch || meetsWindow(entry, epoch, other, record)) found.push(entry);
      }
    }
    return Uint32Array.from(found).sort();
  }

  /** Whether an entry listed in `other`, and not in `epoch` or nearer to it, reaches into the window of `epoch`. */
  function meetsWindow(entry: number, epoch: number, other: number, record: EpochRecord): boolean {
    const slot = store.entrySlot[entry] as number;
    if (other < epoch) {
      const end = endNsFrom(store, slot, epoch);
      return lastEpochOf(store, slot) === other && end > record.windowFrom;
    }
    const start = startNsFrom(store, slot, epoch);
    return store.startEpoch[slot] === other && start < record.windowTo;
  }

  return {
    get device() {
      return device;
    },
    get terms() {
      return terms;
    },
    describe(newDevice, newTerms) {
      device = newDevice;
      terms = newTerms;
      for (const record of epochs.values()) record.isDirty = true;
    },
    get meter() {
      return METERS[bestMeter()];
    },
    get readUntil() {
      return series[bestMeter()]?.readUntil;
    },
    settled,
    addEntry(entry) {
      eachEpoch(entry, (record) => listEntry(record, entry));
      soilAround(entry);
    },
    removeEntry(entry) {
      eachEpoch(entry, (record) => unlistEntry(record, entry));
      soilAround(entry);
    },
    addReading(reading) {
      const rank = METERS.findIndex(
        ({ kind, isModelled }) =>
          kind === reading.kind && isModelled === (reading.modelled === true),
      );
      const meter = series[rank] as MeterSeries;
      const best = bestMeter();
      const stretch = meter.add(reading);
      if (stretch === undefined) return;
      if (best >= 0 && rank > best) return;
      if (best >= 0 && rank < best) {
        for (const record of epochs.values()) record.isDirty = true;
        first = undefined;
        last = undefined;
      }
      soil(stretch.from, stretch.to);
      if (first === undefined || compareInstants(stretch.from, first) < 0) first = meter.first;
      last = meter.last;
    },
    addLoad(load) {
      loads.push(load);
      loads.sort(compareLoads);
      soil(load.from, load.to);
      soilNeighbours(load.from, load.to);
    },
    balance: () => {
      const totals = { ...folded };
      for (const epoch of [...epochs.keys()].sort((a, b) => a - b))
        foldBalance(totals, settled(epoch));
      return balanceDevice(device, totals, first, last, METERS[bestMeter()]?.isModelled ?? false);
    },
    firstNeededAt(limit) {
      let needed = limit;
      for (const [epoch, { listed, size }] of epochs) {
        if (epoch >= needed) continue;
        for (let i = 0; i < size; i++) {
          const slot = store.entrySlot[listed[i] as number] as number;
          if (lastEpochOf(store, slot) >= limit) needed = epoch;
        }
      }
      return needed;
    },
    expire(limit) {
      const ended = new Set<number>();
      const past = [...epochs.keys()].filter((epoch) => epoch < limit).sort((a, b) => a - b);
      for (const epoch of past) foldBalance(folded, settled(epoch));
      for (const epoch of past) {
        const { listed, size } = recordOf(epoch);
        for (let i = 0; i < size; i++) {
          const slot = store.entrySlot[listed[i] as number] as number;
          if (lastEpochOf(store, slot) < limit) ended.add(slot);
        }
        epochs.delete(epoch);
      }
      expiredBefore = Math.max(expiredBefore, limit);
      for (const meter of series) meter.dropBefore({ epoch: limit, ns: 0 });
      while (loads.length > 0 && (loads[0] as LoadReading).to.epoch < limit) loads.shift();
      return ended;
    },
    get byteLength() {
      let bytes = 0;
      for (const meter of series) bytes += meter.byteLength;
      for (const { listed, rows } of epochs.values()) bytes += listed.byteLength + rows.byteLength;
      return bytes;
    },
  };
}

function fillColumns(
  columns: EntryColumns,
  store: PhaseStore,
  rows: Uint32Array,
  epoch: number,
): void {
  if (columns.start.length < rows.length)
    Object.assign(columns, createEntryColumns(rows.length * 2));
  columns.count = rows.length;
  for (let i = 0; i < rows.length; i++) {
    const entry = rows[i] as number;
    const slot = store.entrySlot[entry] as number;
    const start = startNsFrom(store, slot, epoch);
    const end = endNsFrom(store, slot, epoch);
    columns.start[i] = start;
    columns.end[i] = end;
    columns.rate[i] =
      ((store.entryShare[entry] as number) * (store.weight[slot] as number)) /
      ((end - start) * 1e-9);
    columns.idHigh[i] = store.idHigh[slot] as number;
    columns.idLow[i] = store.idLow[slot] as number;
    columns.queueing[i] = store.queueing[slot] as number;
  }
}

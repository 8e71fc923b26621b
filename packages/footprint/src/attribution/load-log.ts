import type { Device } from "../device.ts";
import { EPOCH_NS, type Instant } from "../instant.ts";
import type { EpochBalance } from "./advance-clocks.ts";
import {
  addLoads,
  compareLoads,
  coversEpoch,
  type LoadReading,
  loadsOf,
  type RatedLoad,
} from "./count-load.ts";
import type { EpochRecord } from "./epoch-record.ts";
import { shareWork, type WorkEnergy } from "./work-energy.ts";
import {
  createWorkSeries,
  type WorkReading,
  type WorkSeries,
  type WorkStretch,
} from "./work-series.ts";

/** All that was counted of one device's load, by intervals and by engines' counters. */
export interface LoadLog {
  addLoad(load: LoadReading): void;
  /** Gives the stretch of time that the reading changes; undefined where it says nothing new. */
  addWork(reading: WorkReading): WorkStretch | undefined;
  /** Loads that meet the window, in time order and free of overlap. */
  loadsIn(
    epoch: number,
    window: Pick<EpochRecord, "windowFrom" | "windowTo">,
  ): readonly RatedLoad[];
  /** Whether nothing of the epoch was left uncounted. */
  covers(epoch: number): boolean;
  /** What counted work took in a settled epoch. */
  shareIn(device: Device, epoch: number, balance: EpochBalance | undefined): WorkEnergy[];
  dropBefore(instant: Instant): void;
  byteLength(): number;
}

/** Creates an empty log; nothing is known between readings of counters further apart than `maxGapNs`. */
export function createLoadLog(maxGapNs: number): LoadLog {
  const loads: LoadReading[] = [];
  /** By source, in the order of names. */
  let work: readonly (readonly [source: string, series: WorkSeries])[] = [];

  function loadsIn(
    epoch: number,
    window: Pick<EpochRecord, "windowFrom" | "windowTo">,
  ): readonly RatedLoad[] {
    const { windowFrom, windowTo } = window;
    const lists = work.map(([, series]) => series.loadsIn(epoch, windowFrom, windowTo));
    return addLoads([loadsOf(loads, epoch, window), ...lists]);
  }

  return {
    addLoad(load) {
      loads.push(load);
      loads.sort(compareLoads);
    },
    addWork(reading) {
      let series = work.find(([source]) => source === reading.source)?.[1];
      if (series === undefined) {
        series = createWorkSeries(maxGapNs);
        work = [...work, [reading.source, series] as const].sort(([a], [b]) => (a < b ? -1 : 1));
      }
      return series.add(reading);
    },
    loadsIn,
    covers: (epoch) => coversEpoch(loadsIn(epoch, { windowFrom: 0, windowTo: EPOCH_NS })),
    shareIn: (device, epoch, balance) =>
      balance === undefined || work.length === 0 ? [] : shareWork(device, epoch, balance, work),
    dropBefore(instant) {
      for (const [, series] of work) series.dropBefore(instant);
      while (loads.length > 0 && (loads[0] as LoadReading).to.epoch < instant.epoch) loads.shift();
    },
    byteLength() {
      return work.reduce((bytes, [, series]) => bytes + series.byteLength(), 0);
    },
  };
}

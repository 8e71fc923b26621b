import type { Device } from "../device.ts";
import { EPOCH_NS, type Instant } from "../instant.ts";
import {
  addLoads,
  compareLoads,
  coversEpoch,
  type LoadReading,
  loadsOf,
  type RatedLoad,
} from "./count-load.ts";
import type { EpochRecord } from "./epoch-record.ts";
import { type Drawn, shareWork, type WorkEnergy } from "./work-energy.ts";
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
  /** What was counted in the window, in time order and free of overlap, however long the counters were silent. */
  countedIn(
    epoch: number,
    window: Pick<EpochRecord, "windowFrom" | "windowTo">,
  ): readonly RatedLoad[];
  /** Of what was counted, that which tells the load from moment to moment. */
  loadsOf(counted: readonly RatedLoad[]): readonly RatedLoad[];
  /** Whether the load is known for all of the epoch. */
  covers(epoch: number): boolean;
  /** What counted work took in an epoch. */
  shareIn(
    device: Device,
    epoch: number,
    drawn: (counted: readonly RatedLoad[]) => Drawn,
  ): WorkEnergy[];
  dropBefore(instant: Instant): void;
  byteLength(): number;
}

const WHOLE_EPOCH = { windowFrom: 0, windowTo: EPOCH_NS };
/**
 * Counters that were silent for longer do not tell when the work ran, ns, only how much it was: with few requests at
 * once figures of sampled traces get too high by it, 4 % at 30 s, 10 % at 60 s.
 */
const LONGEST_TELLING_NS = 25e9;

/** Loads but those that counters were silent over for too long. */
function tellingLoads(counted: readonly RatedLoad[]): readonly RatedLoad[] {
  return counted.filter(({ countedNs = 0 }) => countedNs <= LONGEST_TELLING_NS);
}

/** Creates an empty log; nothing is known between readings of counters further apart than `maxGapNs`. */
export function createLoadLog(maxGapNs: number): LoadLog {
  const loads: LoadReading[] = [];
  /** By source, in the order of names. */
  let work: readonly (readonly [source: string, series: WorkSeries])[] = [];

  function countedIn(
    epoch: number,
    window: Pick<EpochRecord, "windowFrom" | "windowTo">,
  ): readonly RatedLoad[] {
    const { windowFrom, windowTo } = window;
    const lists = work.map(([, series]) => series.loadsIn(epoch, windowFrom, windowTo));
    return addLoads([loadsOf(loads, epoch, window), ...lists]);
  }

  return {
    addLoad(load) {
      // Nearly all come in order.
      let place = loads.length;
      while (place > 0 && compareLoads(loads[place - 1] as LoadReading, load) > 0) place--;
      loads.splice(place, 0, load);
    },
    addWork(reading) {
      let series = work.find(([source]) => source === reading.source)?.[1];
      if (series === undefined) {
        series = createWorkSeries(maxGapNs);
        work = [...work, [reading.source, series] as const].sort(([a], [b]) => (a < b ? -1 : 1));
      }
      return series.add(reading);
    },
    countedIn,
    loadsOf: tellingLoads,
    covers: (epoch) => coversEpoch(tellingLoads(countedIn(epoch, WHOLE_EPOCH))),
    shareIn: (device, epoch, drawn) =>
      work.length === 0 ? [] : shareWork(device, epoch, drawn(countedIn(epoch, WHOLE_EPOCH)), work),
    dropBefore(instant) {
      for (const [, series] of work) series.dropBefore(instant);
      while (loads.length > 0 && (loads[0] as LoadReading).to.epoch < instant.epoch) loads.shift();
    },
    byteLength() {
      return work.reduce((bytes, [, series]) => bytes + series.byteLength(), 0);
    },
  };
}

import {
  type EngineCount,
  unixNanoOf,
  type WorkPrice,
  type WorkReading,
} from "@wattspan/footprint";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { Place, PlacedDevice } from "../trace/place-worker.ts";
import { chargeTermsOf } from "./charge-terms.ts";
import { createDeviceHolders, type ReadingSource } from "./hold-devices.ts";

/** Whose work a source counts. */
export interface CountedSource {
  readonly model?: string;
  readonly pool?: string;
}

/** What engines counted, on the devices that they run on. */
interface CountsTaken {
  readonly readings: readonly WorkReading[];
  /** How many counts could not be used, by reason. */
  readonly unread: ReadonlyMap<string, number>;
}

/** Puts counts on devices. */
export interface CountTaker {
  take(counts: readonly EngineCount[], from: ReadingSource): CountsTaken;
  /** By the name of a source, whose work it counts. */
  readonly sources: ReadonlyMap<string, CountedSource>;
}

/**
 * Creates the taking of counts. A device is kept to one way, metrics that are sent or pages that are asked: the same
 * engine counted twice would be twice the load.
 */
export function createCountTaker(
  place: Place,
  attribution: PipelineOptions["attribution"],
): CountTaker {
  const hold = createDeviceHolders();
  const sources = new Map<string, CountedSource>();

  function readingsOf(count: EngineCount, devices: readonly PlacedDevice[]): WorkReading[] {
    const { weights, decodeTokenPrice } = chargeTermsOf(devices, attribution).terms;
    const decode = weights === "priced" ? decodeTokenPrice : 1;
    const price: WorkPrice | undefined = weights === "time" ? undefined : { prefill: 1, decode };
    return devices.map(({ key, share = 1 / devices.length }) => ({
      device: key,
      source: count.source,
      at: count.at,
      prefillTokens: count.prefillTokens * share,
      decodeTokens: count.decodeTokens * share,
      running: count.running,
      ...(price === undefined ? {} : { price }),
    }));
  }

  return {
    sources,
    take(counts, from) {
      const readings: WorkReading[] = [];
      const unread = new Map<string, number>();
      const leave = (reason: string): void =>
        void unread.set(reason, (unread.get(reason) ?? 0) + 1);
      for (const count of counts) {
        const placement = place(count.worker, count.deviceIds, unixNanoOf(count.at));
        if ("missing" in placement) {
          leave(placement.missing);
          continue;
        }
        const { devices } = placement;
        if (!devices.every(({ key }) => hold(key, from, count.at) !== undefined)) {
          leave("other_source");
          continue;
        }
        const { model, pool } = count;
        sources.set(count.source, {
          ...(model === undefined ? {} : { model }),
          ...(pool === undefined ? {} : { pool }),
        });
        readings.push(...readingsOf(count, devices));
      }
      return { readings, unread };
    },
  };
}

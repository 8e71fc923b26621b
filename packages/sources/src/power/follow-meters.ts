import {
  compareInstants,
  type DeviceReading,
  deviceKey,
  type Instant,
  type MeterReading,
} from "@wattspan/footprint";
import type { FleetMeter } from "./fleet-meter.ts";

/** Gives a device's readings out as those of one meter; undefined for one that cannot follow the last. */
export type FollowMeters = (
  meter: FleetMeter,
  reading: DeviceReading,
  earliest: Instant | undefined,
) => MeterReading | undefined;

/** What went out last for a device. */
interface Last {
  readonly meter: FleetMeter;
  readonly at: Instant;
  /** The counter as the meter gave it, and what was added. */
  readonly joules: number;
  readonly offsetJoules: number;
}

/**
 * Creates the sequence of every device's readings. A counter that falls, or another meter's, starts anew at 0 J, which
 * the ledger takes for a reset: the joules in between are unknown. Another meter begins with the first reading whose
 * time is surely after the last that went out.
 */
export function createFollowMeters(): FollowMeters {
  const lasts = new Map<string, Last>();
  return (meter, { kind, value, at, modelled }, earliest) => {
    const device = deviceKey(meter.node, meter.id);
    const last = lasts.get(device);
    const isOther = last !== undefined && last.meter !== meter;
    if (isOther && compareInstants(earliest ?? at, last.at) < 0) return undefined;
    const offsetJoules = kind === "counter" ? offsetAfter(last, isOther, value) : 0;
    lasts.set(device, { meter, at, joules: value, offsetJoules });
    return {
      device,
      kind,
      value: value + offsetJoules,
      at,
      ...(earliest === undefined ? {} : { earliest }),
      ...(modelled === undefined ? {} : { modelled }),
    };
  };
}

function offsetAfter(last: Last | undefined, isOther: boolean, joules: number): number {
  if (last === undefined) return 0;
  return isOther || joules < last.joules ? -joules : last.offsetJoules;
}

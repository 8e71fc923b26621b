import { instantOf, type MeterReading } from "@wattspan/footprint";

const STEP_NS = 100_000_000n;

/** Powers of one device by what it does, watts. */
export interface PhasePowers {
  readonly idleWatts: number;
  readonly busyWatts: number;
}

/** One H100 by phase: idle 75 W, prompt 700 W, token generation 380 W (Splitwise's published power model, MIT). */
export const H100_PREFILL: PhasePowers = { idleWatts: 75, busyWatts: 700 };
export const H100_DECODE: PhasePowers = { idleWatts: 75, busyWatts: 380 };

/** A stretch in which the device works, ns. */
export interface BusyWindow {
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
}

/** Readings of a cumulative counter every 100 ms that follows phase powers; labelled as modelled. */
export function simulateMeter(
  device: string,
  powers: PhasePowers,
  busy: readonly BusyWindow[],
  span: BusyWindow,
): MeterReading[] {
  const readings: MeterReading[] = [];
  const windows = mergeWindows(busy);
  let joules = 1000;
  for (let at = span.startUnixNano; at <= span.endUnixNano; at += STEP_NS) {
    readings.push({ device, kind: "counter", value: joules, at: instantOf(at), modelled: true });
    const busySeconds = Number(overlap(windows, at, at + STEP_NS)) * 1e-9;
    joules += powers.idleWatts * 0.1 + (powers.busyWatts - powers.idleWatts) * busySeconds;
  }
  return readings;
}

function mergeWindows(windows: readonly BusyWindow[]): BusyWindow[] {
  const sorted = [...windows].sort((a, b) => (a.startUnixNano < b.startUnixNano ? -1 : 1));
  const merged: BusyWindow[] = [];
  for (const window of sorted) {
    const last = merged[merged.length - 1];
    if (last === undefined || window.startUnixNano > last.endUnixNano) merged.push(window);
    else if (window.endUnixNano > last.endUnixNano) {
      merged[merged.length - 1] = { ...last, endUnixNano: window.endUnixNano };
    }
  }
  return merged;
}

function overlap(windows: readonly BusyWindow[], from: bigint, to: bigint): bigint {
  let total = 0n;
  for (const { startUnixNano, endUnixNano } of windows) {
    const start = startUnixNano > from ? startUnixNano : from;
    const end = endUnixNano < to ? endUnixNano : to;
    if (end > start) total += end - start;
  }
  return total;
}

import {
  type DeviceReading,
  elapsedNs,
  type Instant,
  type MeterSink,
  type PowerMeter,
} from "@wattspan/footprint";
import { type DeviceDescription, resolveDevice } from "../devices/resolve-device.ts";
import { systemNow } from "./system-now.ts";

/** Part of the range between idle and highest power that a busy device is taken to draw. */
const BUSY_PART = 0.7;
/** Idle power where none is known, as a part of the highest. */
const IDLE_PART = 0.15;

/** Options of `createModelMeter`. */
export interface ModelMeterOptions {
  /** Each with a known model or `maxWatts`; the others give nothing. */
  readonly devices: readonly DeviceDescription[];
  /** Default 1 s. */
  readonly everyMs?: number;
  readonly now?: () => Instant;
}

/**
 * No meter: energy from the device's model and the time with a phase open, idle power plus 70 % of the rest of its
 * range. Every figure of it is labelled `estimated`.
 */
export function createModelMeter(options: ModelMeterOptions): PowerMeter {
  const now = options.now ?? systemNow;
  const devices = options.devices.map(resolveDevice).flatMap((device) => {
    const { id, maxWatts } = device;
    if (maxWatts === undefined) return [];
    const idleWatts = device.idleWatts ?? IDLE_PART * maxWatts;
    return [
      { id, idleWatts, busyWatts: idleWatts + BUSY_PART * (maxWatts - idleWatts), joules: 0 },
    ];
  });
  let sink: MeterSink | undefined;
  let timer: NodeJS.Timeout | undefined;
  let at: Instant | undefined;
  let isBusy = false;

  function advance(to: Instant): void {
    if (sink === undefined || at === undefined) return;
    const seconds = elapsedNs(at, to) * 1e-9;
    // A clock that stands or goes back draws nothing.
    if (seconds <= 0) return;
    at = to;
    const readings: DeviceReading[] = [];
    for (const device of devices) {
      device.joules += (isBusy ? device.busyWatts : device.idleWatts) * seconds;
      readings.push({
        id: device.id,
        kind: "counter",
        value: device.joules,
        at: to,
        modelled: true,
      });
    }
    sink.onReadings(readings);
  }

  return {
    name: "model",
    start(given) {
      sink = given;
      if (devices.length === 0) {
        sink.onLost("no device has a known model or maximum power");
        return;
      }
      at = now();
      sink.onReadings(
        devices.map(({ id, joules }) => ({
          id,
          kind: "counter",
          value: joules,
          at: at as Instant,
          modelled: true,
        })),
      );
      timer = setInterval(() => advance(now()), options.everyMs ?? 1000).unref();
    },
    noteOpenPhases(count, instant) {
      advance(instant);
      isBusy = count > 0;
    },
    async flush() {
      advance(now());
    },
    async shutdown() {
      clearInterval(timer);
      sink = undefined;
    },
  };
}

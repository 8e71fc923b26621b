import type {
  DeviceReading,
  Instant,
  MeteredDevice,
  MeterSink,
  PowerMeter,
} from "@wattspan/footprint";
import { loadNvml, type NvmlDevice, type NvmlLibrary } from "./nvml-library.ts";
import { createPowerTimer, type PowerTimer } from "./power-sensor.ts";
import { shareOfOthers } from "./share-of-others.ts";
import { systemNow } from "./system-now.ts";
import { createSampleTimer, type SampleTimer } from "./time-samples.ts";

/** How often the driver renews the energy counter. */
const COUNTER_PERIOD_MS = 100;
const PROCESS_CHECK_MS = 1000;
const RETRY_MS = 5000;

/** Options of `createNvmlMeter`. */
export interface NvmlMeterOptions {
  /** Default `libnvidia-ml.so.1`. */
  readonly library?: string;
  /** Default 50 ms, half the period of the counter. */
  readonly everyMs?: number;
  /** Processes whose work is this worker's; default its own. */
  readonly ownPids?: () => readonly number[];
  readonly now?: () => Instant;
}

/** A device as it is polled. */
interface PolledDevice extends MeteredDevice {
  readonly handle: NvmlDevice;
  readonly counter: SampleTimer;
  readonly power: PowerTimer;
  seenMicroseconds: number;
}

/**
 * Reads NVML in this process: the energy counter, power where a device has none, and which other processes use the
 * device. Needs the package `koffi`.
 */
export function createNvmlMeter(options: NvmlMeterOptions = {}): PowerMeter {
  const now = options.now ?? systemNow;
  const ownPids = options.ownPids ?? (() => [process.pid]);
  let nvml: NvmlLibrary | undefined;
  let devices: PolledDevice[] = [];
  let sink: MeterSink | undefined;
  let timer: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;
  let checkedAt: Instant | undefined;
  let checkedMs = Number.NEGATIVE_INFINITY;

  function open(): void {
    if (sink === undefined) return;
    try {
      nvml = loadNvml(options.library);
      devices = listDevices(nvml);
      if (devices.length === 0) throw new Error("NVML lists no device");
      sink.onDevices(
        devices.map(({ handle, counter, power, seenMicroseconds, ...device }) => device),
      );
      poll();
      timer = setInterval(poll, options.everyMs ?? 50).unref();
    } catch (error) {
      lose((error as Error).message);
    }
  }

  function lose(reason: string): void {
    clearInterval(timer);
    nvml?.close();
    nvml = undefined;
    sink?.onLost(reason);
    if (sink !== undefined) retry = setTimeout(open, RETRY_MS).unref();
  }

  function poll(): void {
    if (nvml === undefined || sink === undefined) return;
    const readings: DeviceReading[] = [];
    let answered = 0;
    for (const device of devices) {
      const reading = readDevice(nvml, device, now());
      if (reading === undefined) continue;
      answered++;
      if (reading !== "passed") readings.push(reading);
    }
    if (answered === 0) {
      lose("no device answers");
      return;
    }
    if (readings.length > 0) sink.onReadings(readings);
    sink.onFound();
    checkProcesses(nvml, sink);
  }

  function checkProcesses(library: NvmlLibrary, to: MeterSink): void {
    if (performance.now() - checkedMs < PROCESS_CHECK_MS) return;
    checkedMs = performance.now();
    const at = now();
    const from = checkedAt ?? at;
    checkedAt = at;
    for (const device of devices) {
      const pids = library.computePidsOf(device.handle) ?? [];
      const samples = library.utilizationOf(device.handle, device.seenMicroseconds);
      for (const { atMicroseconds } of samples ?? []) {
        device.seenMicroseconds = Math.max(device.seenMicroseconds, atMicroseconds);
      }
      to.onSharedUse({
        id: device.id,
        from,
        to: at,
        ...shareOfOthers(pids, samples, ownPids()),
      });
    }
  }

  return {
    name: "nvml",
    start(given) {
      sink = given;
      open();
    },
    async flush() {
      poll();
    },
    async shutdown() {
      sink = undefined;
      clearInterval(timer);
      clearTimeout(retry);
      nvml?.close();
      nvml = undefined;
    },
  };
}

function listDevices(nvml: NvmlLibrary): PolledDevice[] {
  return Array.from({ length: nvml.deviceCount }, (_, index) => nvml.deviceAt(index)).flatMap(
    (handle) => {
      const id = handle === undefined ? undefined : nvml.uuidOf(handle);
      if (id === undefined) return [];
      const model = nvml.nameOf(handle);
      const limit = nvml.powerLimitMilliwattsOf(handle);
      return [
        {
          handle,
          id,
          ...(model === undefined ? {} : { model }),
          ...(limit === undefined ? {} : { maxWatts: limit / 1000 }),
          counter: createSampleTimer("counter", COUNTER_PERIOD_MS),
          power: createPowerTimer("average", model),
          seenMicroseconds: 0,
        },
      ];
    },
  );
}

/** What the device's meter says now; what tells nothing new is passed. */
function readDevice(
  nvml: NvmlLibrary,
  { handle, id, counter, power }: PolledDevice,
  at: Instant,
): DeviceReading | "passed" | undefined {
  const millijoules = nvml.energyMillijoulesOf(handle);
  if (millijoules !== undefined) {
    const value = millijoules / 1000;
    const time = counter.take(value, at, at);
    return time === undefined ? "passed" : { id, kind: "counter", value, ...time };
  }
  const milliwatts = nvml.powerMilliwattsOf(handle);
  if (milliwatts === undefined) return undefined;
  const time = power(at);
  return time === undefined ? "passed" : { id, kind: "power", value: milliwatts / 1000, ...time };
}

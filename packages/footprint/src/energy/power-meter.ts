import type { Instant } from "../instant.ts";
import type { MeterKind } from "./meter-reading.ts";

/** A device that a meter reads. */
export interface MeteredDevice {
  /** `hw.id`, e.g. `GPU-5fd4f087-86f3-7a43-b711-4771313afc50`. */
  readonly id: string;
  /** Name of its model as the driver gives it. */
  readonly model?: string;
  /** Highest power the device is allowed to draw, watts. */
  readonly maxWatts?: number;
}

/** One reading of one device, named by its id alone: a meter in a worker knows one machine. */
export interface DeviceReading {
  readonly id: string;
  readonly kind: MeterKind;
  /** Joules since some start for `counter`, watts for `power`. */
  readonly value: number;
  readonly at: Instant;
  /** Set where the value is known to be of some time in `[earliest, at]` only, or a mean over it. */
  readonly earliest?: Instant;
  /** The figure comes from a device model. */
  readonly modelled?: boolean;
}

/** Work of other processes on a device over `[from, to)`. */
export interface SharedUse {
  readonly id: string;
  readonly from: Instant;
  readonly to: Instant;
  /** Their part of the device's busy time, 0 to 1; absent where they are there and the device does not tell it. */
  readonly othersShare?: number;
}

/** What a meter tells its reader; none of the calls throws. */
export interface MeterSink {
  onDevices(devices: readonly MeteredDevice[]): void;
  onReadings(readings: readonly DeviceReading[]): void;
  /** Told for every stretch of time, in order, by a meter that knows of other processes; figures wait for it. */
  onSharedUse(use: SharedUse): void;
  /** The meter stopped giving readings, and why. */
  onLost(reason: string): void;
  /** It gives readings again. */
  onFound(): void;
}

/** Port: a meter inside the worker's own process or on its machine. */
export interface PowerMeter {
  /** `nvml`, `nvidia-smi`, `rapl`, `model`. */
  readonly name: string;
  /** Starts reading into `sink`; never throws, keeps no process alive. */
  start(sink: MeterSink): void;
  /** Takes one more reading as soon as it can. */
  flush(): Promise<void>;
  /** Safe to call twice and without start. */
  shutdown(): Promise<void>;
  /** Told when the number of open phases changes; models follow it. */
  noteOpenPhases?(count: number, at: Instant): void;
}

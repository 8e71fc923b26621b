import { elapsedNs, type Instant } from "@wattspan/footprint";

/** Where readings and counts come from: metrics that were sent, or what is handed to the pipeline. */
export type ReadingSource = "otlp" | "own";

/** A source that says nothing for this long loses its device: three of OpenTelemetry's default export intervals, ns. */
const GRACE_NS = 180e9;

/** The source that a device is kept to. */
export interface DeviceHolder {
  readonly source: ReadingSource;
  /** Set where the device was taken over: nothing of before passes. */
  readonly from: Instant | undefined;
  /** Latest that passed. */
  lastAt: Instant;
}

/** The holder of the device where what a source says of it at that time may pass, else undefined. */
export type HoldDevice = (
  device: string,
  source: ReadingSource,
  at: Instant,
) => DeviceHolder | undefined;

/** The first source of a device keeps it until, by the times of what it says, it was silent for three minutes. */
export function createDeviceHolders(): HoldDevice {
  const holders = new Map<string, DeviceHolder>();
  return (device, source, at) => {
    const known = holders.get(device);
    const sinceNs = known === undefined ? Infinity : elapsedNs(known.lastAt, at);
    if (known === undefined || (known.source !== source && sinceNs > GRACE_NS)) {
      const next = { source, lastAt: at, from: known && at };
      holders.set(device, next);
      return next;
    }
    if (known.source !== source) return undefined;
    if (known.from !== undefined && elapsedNs(known.from, at) < 0) return undefined;
    if (sinceNs > 0) known.lastAt = at;
    return known;
  };
}

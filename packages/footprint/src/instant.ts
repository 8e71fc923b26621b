/** Length of an epoch, the unit of settlement, in nanoseconds: 60 s. */
export const EPOCH_NS = 60_000_000_000;

/**
 * A point in time that a double holds exactly: whole 60 s epochs since 1970 (UTC) and the nanoseconds
 * since that epoch's start, `0 <= ns < 60e9`.
 */
export interface Instant {
  readonly epoch: number;
  readonly ns: number;
}

const NS_PER_MS = 1e6;
const EPOCH_MS = EPOCH_NS / NS_PER_MS;
const EPOCH_NS_BIG = 60_000_000_000n;

/** The instant of an OTLP time in nanoseconds since 1970. */
export function instantOf(unixNano: bigint): Instant {
  return { epoch: Number(unixNano / EPOCH_NS_BIG), ns: Number(unixNano % EPOCH_NS_BIG) };
}

/** The OTLP time, in nanoseconds since 1970, of an instant. */
export function unixNanoOf(instant: Instant): bigint {
  return BigInt(instant.epoch) * EPOCH_NS_BIG + BigInt(Math.round(instant.ns));
}

/** The instant of a time in milliseconds since 1970, to the nanosecond. */
export function instantOfMs(ms: number): Instant {
  const epoch = Math.floor(ms / EPOCH_MS);
  return addNs({ epoch, ns: 0 }, Math.round((ms - epoch * EPOCH_MS) * NS_PER_MS));
}

/** Whole milliseconds since 1970 at an instant. */
export function unixMsOf({ epoch, ns }: Instant): number {
  return epoch * EPOCH_MS + Math.floor(Math.round(ns) / NS_PER_MS);
}

/** Nanoseconds from `from` to `to`; exact up to 104 days. */
export function elapsedNs(from: Instant, to: Instant): number {
  return (to.epoch - from.epoch) * EPOCH_NS + (to.ns - from.ns);
}

/** Negative, zero or positive as `a` is before, at or after `b`. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.epoch - b.epoch || a.ns - b.ns;
}

/** The instant `ns` nanoseconds after `instant`; `ns` may be negative. */
export function addNs(instant: Instant, ns: number): Instant {
  const total = instant.ns + ns;
  const epochs = Math.floor(total / EPOCH_NS);
  return { epoch: instant.epoch + epochs, ns: total - epochs * EPOCH_NS };
}

import type { Instant } from "../instant.ts";

/** What a meter said: a cumulative energy in joules, or a power in watts. */
export type MeterKind = "counter" | "power";

/** One reading of one device's meter. */
export interface MeterReading {
  /** Key of the device, `node/id`. */
  readonly device: string;
  readonly kind: MeterKind;
  /** Joules since some start for `counter`, watts for `power`. */
  readonly value: number;
  /** When the meter had this value; the later end where only a range is known. */
  readonly at: Instant;
  /** Set where the time is only known to lie in `[earliest, at]`, e.g. behind an exporter's cache, or a power is a mean. */
  readonly earliest?: Instant;
  /** The figures derive from a device model, not from a meter; they are labelled `estimated`. */
  readonly modelled?: boolean;
}

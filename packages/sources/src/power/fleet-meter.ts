import { elapsedNs, type Instant, type MeterReading } from "@wattspan/footprint";
import type { DeclaredMeter } from "./choose-meters.ts";
import type { CrossCheck } from "./cross-check.ts";

/** Whether a meter is read, compared with the one that is read, or part of one that is. */
export type MeterRole = "read" | "check" | "overlapped";

/** One device's meter at one source, as the fleet keeps it. */
export interface FleetMeter extends DeclaredMeter {
  readonly table: string;
  role: MeterRole;
  /** The meter that is read instead. */
  against: FleetMeter | undefined;
  check: CrossCheck | undefined;
  /** Meters that are checks of this one. */
  readonly checks: FleetMeter[];
  readonly track: MeterTrack;
}

/** What is known of a meter's readings. */
export interface MeterTrack {
  add(value: number, at: Instant, earliest: Instant | undefined): void;
  readonly count: number;
  /** Draw by the last reading or the last two; undefined before. */
  readonly watts: number | undefined;
  /** Mean time between readings. */
  readonly periodMs: number | undefined;
  /** How far the time of the last reading is unknown. */
  readonly rangeMs: number;
}

/** Creates the track of a meter without readings. */
export function createMeterTrack(kind: MeterReading["kind"]): MeterTrack {
  let count = 0;
  let first: Instant | undefined;
  let last: { value: number; at: Instant } | undefined;
  let watts: number | undefined;
  let rangeMs = 0;
  return {
    add(value, at, earliest) {
      count++;
      first ??= at;
      const seconds = last === undefined ? 0 : elapsedNs(last.at, at) * 1e-9;
      if (kind === "power") watts = value;
      else if (last !== undefined && seconds > 0) {
        watts = value >= last.value ? (value - last.value) / seconds : undefined;
      }
      rangeMs = earliest === undefined ? 0 : elapsedNs(earliest, at) / 1e6;
      last = { value, at };
    },
    get count() {
      return count;
    },
    get watts() {
      return watts;
    },
    get periodMs() {
      if (first === undefined || last === undefined || count < 2) return undefined;
      return elapsedNs(first, last.at) / 1e6 / (count - 1);
    },
    get rangeMs() {
      return rangeMs;
    },
  };
}

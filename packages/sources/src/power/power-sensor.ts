import { addNs, elapsedNs, type Instant } from "@wattspan/footprint";
import type { SampleTime } from "./time-samples.ts";

/** What one value of a power sensor tells of: the mean over a window that ended at its last renewal. */
interface PowerSensor {
  readonly windowMs: number;
  readonly periodMs: number;
}

/** The driver's two power fields: `power.draw.instant`, and `power.draw` with its `average`. */
export type PowerField = "instant" | "average";

/** Longest of all models, for one that is not known. */
const SECOND_AVERAGE: PowerSensor = { windowMs: 1000, periodMs: 100 };
const TENTH: PowerSensor = { windowMs: 100, periodMs: 100 };

/**
 * Architectures on which both fields are the same short sensor, by names of models (Yang, Adamek, Armour, SC24; the
 * GA100 samples 25 ms of each 100, so what it draws in the other 75 is not seen at all).
 */
const SHORT_SENSORS: readonly (readonly [names: RegExp, sensor: PowerSensor])[] = [
  [/\b(A100|A800|A30)\b/, { windowMs: 25, periodMs: 100 }],
  [/\b(T4G?|RTX 20\d\d|GTX 16\d\d|TITAN RTX|Quadro RTX)\b/, TENTH],
  [/\b(V100S?|GV100|TITAN V|P100|P40|P4|GTX 10\d\d)\b/, { windowMs: 10, periodMs: 20 }],
];

/**
 * How far back from when it was read a value of a field of NVIDIA's driver reaches, ms: it was renewed up to a period
 * before, and is the mean of the window before that. Of a model that is not known, the slowest sensor's.
 */
export function nvidiaPowerReachMs(field: PowerField, model?: string): number {
  const { windowMs, periodMs } = sensorOf(field, model);
  return windowMs + periodMs;
}

/** Gives a power that was read at a time its range; undefined where the mean overlaps that of the last reading. */
export type PowerTimer = (at: Instant) => SampleTime | undefined;

/**
 * Creates the timer of one device's power, read from the driver itself. Means that overlap smear each burst over a
 * window of readings, where phases no longer meet it: one of each window is enough, and its joules keep their place.
 */
export function createPowerTimer(field: PowerField, model?: string): PowerTimer {
  const { windowMs, periodMs } = sensorOf(field, model);
  const reachNs = nvidiaPowerReachMs(field, model) * 1e6;
  // Half a period is left to the jitter of whoever asks.
  const apartNs = windowMs > periodMs ? (windowMs - periodMs / 2) * 1e6 : 0;
  let last: Instant | undefined;
  return (at) => {
    const sinceNs = last === undefined ? Infinity : elapsedNs(last, at);
    if (sinceNs >= 0 && sinceNs < apartNs) return undefined;
    last = at;
    return { earliest: addNs(at, -reachNs), at };
  };
}

function sensorOf(field: PowerField, model = ""): PowerSensor {
  const short = SHORT_SENSORS.find(([names]) => names.test(model.replaceAll("-", " ")));
  return short?.[1] ?? (field === "average" ? SECOND_AVERAGE : TENTH);
}

import { nvidiaPowerReachMs } from "@wattspan/sources";
import { energyAt, energyUntil, type PowerCurve } from "./power-curve.ts";
import type { TimedReading } from "./tightest-bounds.ts";

/** What a meter told, times in ticks of the curve. */
export interface Sampled {
  /** Cumulative joules, or watts, as a reader sees them. */
  readonly readings: readonly {
    readonly tick: number;
    readonly value: number;
    readonly earliest?: number;
  }[];
  /** The same knowledge for the optimiser: one chain for every clock and gain that could be true. */
  readonly chains: readonly (readonly TimedReading[])[];
}

/** A meter as they are found on machines. */
export interface MeterModel {
  readonly name: string;
  readonly kind: "counter" | "power";
  readonly tickSeconds: number;
  /** Ticks between readings. */
  readonly period: number;
  readonly maxClockSkewTicks: number;
  readonly gainError: number;
  readonly sample: (curve: PowerCurve, random: () => number) => Sampled;
}

/** Power before and after every curve. */
const OUTSIDE_WATTS = 75;
const CACHE_TICKS = 30;
const SCRAPE_TICKS = 15;
const SKEW_TICKS = 5;
const GAIN_ERROR = 0.05;

const exact = { maxClockSkewTicks: 0, gainError: 0, kind: "counter", period: 10 } as const;

/** Counter, average, cache, skew and gain. */
export const METER_MODELS: readonly MeterModel[] = [
  {
    ...exact,
    name: "counter, 100 ms",
    tickSeconds: 0.01,
    sample: (curve, random) => counted(curve, Math.floor(random() * 10), 0, 1, [[0, 1]]),
  },
  {
    ...exact,
    name: "1 s averages, as instants",
    kind: "power",
    tickSeconds: 0.1,
    sample: (curve, random) => averaged(curve, Math.floor(random() * 10), 0),
  },
  {
    ...exact,
    // What the sources say of such a sensor; here the value is as new as it can be.
    name: "1 s averages",
    kind: "power",
    tickSeconds: 0.1,
    sample: (curve, random) =>
      averaged(curve, Math.floor(random() * 10), nvidiaPowerReachMs("average") / 100),
  },
  {
    ...exact,
    name: "counter behind a 30 s cache",
    tickSeconds: 1,
    period: CACHE_TICKS,
    sample: cached,
  },
  {
    ...exact,
    name: "counter, 100 ms, skew 50 ms",
    tickSeconds: 0.01,
    maxClockSkewTicks: SKEW_TICKS,
    sample: (curve, random) => {
      const skew = Math.floor(random() * (2 * SKEW_TICKS + 1)) - SKEW_TICKS;
      const shifts = Array.from(
        { length: 2 * SKEW_TICKS + 1 },
        (_, i) => [i - SKEW_TICKS, 1] as const,
      );
      return counted(curve, Math.floor(random() * 10), skew, 1, shifts);
    },
  },
  {
    ...exact,
    name: "counter, 100 ms, gain 5 %",
    tickSeconds: 0.01,
    gainError: GAIN_ERROR,
    sample: (curve, random) => {
      const gains = Array.from({ length: 21 }, (_, i) => 1 + GAIN_ERROR * (i / 10 - 1));
      const gain = gains[random() < 0.5 ? 0 : 20] as number;
      const possible = gains.map((one) => [0, one] as const);
      return counted(curve, Math.floor(random() * 10), 0, gain, possible);
    },
  },
];

/** A counter read every 10 ticks; what it read at `tick` was true at `tick + skew`, times the gain. */
function counted(
  curve: PowerCurve,
  offset: number,
  skew: number,
  gain: number,
  possible: readonly (readonly [shift: number, gain: number])[],
): Sampled {
  const until = energyUntil(curve);
  const ticks: number[] = [];
  for (let tick = offset - 10; tick <= curve.watts.length + 10; tick += 10) ticks.push(tick);
  const values = ticks.map((tick) => 1000 + gain * energyOf(curve, until, tick + skew));
  return {
    readings: ticks.map((tick, i) => ({ tick, value: values[i] as number })),
    chains: possible.map(([shift, trueGain]) =>
      ticks.map((tick, i) => ({
        times: [tick + shift],
        joules: ((values[i] as number) - (values[i - 1] ?? (values[i] as number))) / trueGain,
      })),
    ),
  };
}

/** The mean power of the 10 ticks before each reading, read every 10 ticks. */
function averaged(curve: PowerCurve, offset: number, reachTicks: number): Sampled {
  const until = energyUntil(curve);
  const ticks: number[] = [];
  for (let tick = offset - 10; tick <= curve.watts.length + 20; tick += 10) ticks.push(tick);
  const joules = ticks.map(
    (tick) => energyOf(curve, until, tick) - energyOf(curve, until, tick - 10),
  );
  return {
    readings: ticks.map((tick, i) => ({
      tick,
      value: (joules[i] as number) / (10 * curve.tickSeconds),
      ...(reachTicks > 0 ? { earliest: tick - reachTicks } : {}),
    })),
    chains: [ticks.map((tick, i) => ({ times: [tick], joules: joules[i] as number }))],
  };
}

/** An exporter that refreshes its counter every 30 ticks, scraped every 15: a value may be 30 ticks old. */
function cached(curve: PowerCurve, random: () => number): Sampled {
  const until = energyUntil(curve);
  const refreshed = Math.floor(random() * CACHE_TICKS);
  const scraped = Math.floor(random() * SCRAPE_TICKS);
  const readings: { tick: number; value: number; earliest: number }[] = [];
  for (let tick = scraped - 90; tick <= curve.watts.length + 90; tick += SCRAPE_TICKS) {
    const at = tick - ((((tick - refreshed) % CACHE_TICKS) + CACHE_TICKS) % CACHE_TICKS);
    const value = 100_000 + energyOf(curve, until, at);
    if (readings[readings.length - 1]?.value === value) continue;
    readings.push({ tick, value, earliest: tick - CACHE_TICKS });
  }
  const chain = readings.map(({ tick, value }, i) => ({
    times: Array.from({ length: CACHE_TICKS / 3 + 1 }, (_, j) => tick - CACHE_TICKS + j * 3),
    joules: value - (readings[i - 1]?.value ?? value),
  }));
  return { readings, chains: [chain] };
}

/** Joules before a tick; the device is at the minimum of its range outside the curve. */
function energyOf(curve: PowerCurve, until: Float64Array, tick: number): number {
  return energyAt(curve, until, tick * curve.tickSeconds, OUTSIDE_WATTS);
}

import { createRandom } from "../random.ts";

/** Power of one device, W, constant within each tick; ticks are of equal length. */
export interface PowerCurve {
  readonly tickSeconds: number;
  readonly watts: Float64Array;
}

/** Joules drawn before each tick's start; one more than there are ticks. */
export function energyUntil({ tickSeconds, watts }: PowerCurve): Float64Array {
  const joules = new Float64Array(watts.length + 1);
  for (let i = 0; i < watts.length; i++) {
    joules[i + 1] = (joules[i] as number) + (watts[i] as number) * tickSeconds;
  }
  return joules;
}

/** Joules drawn before `seconds`, idle power before and after the curve. */
export function energyAt(
  curve: PowerCurve,
  until: Float64Array,
  seconds: number,
  idleWatts: number,
): number {
  const place = seconds / curve.tickSeconds;
  const last = curve.watts.length;
  if (place <= 0) return place * curve.tickSeconds * idleWatts;
  if (place >= last)
    return (until[last] as number) + (place - last) * curve.tickSeconds * idleWatts;
  const tick = Math.floor(place);
  const part = (place - tick) * curve.tickSeconds;
  return (until[tick] as number) + part * (curve.watts[tick] as number);
}

/** What a curve may be hostile to. */
export interface HostileTo {
  readonly ticks: number;
  readonly tickSeconds: number;
  /** Ticks between two readings of the meter. */
  readonly period: number;
  /** Ticks of the window whose figure is asked for. */
  readonly from: number;
  readonly to: number;
  /** Load of each tick. */
  readonly load: Float64Array;
  readonly minWatts: number;
  readonly maxWatts: number;
}

type Shape = (hostile: HostileTo, random: () => number) => (tick: number) => boolean | number;

/** True is the maximum, false the minimum, a number the part between. */
const SHAPES: readonly Shape[] = [
  () => () => false,
  () => () => true,
  ({ from, to }) =>
    (tick) =>
      tick >= from && tick < to,
  ({ from, to }) =>
    (tick) =>
      tick < from || tick >= to,
  ({ from, to }) =>
    (tick) =>
      tick === from || tick === to - 1,
  ({ from, to }) =>
    (tick) =>
      tick === from - 1 || tick === to,
  ({ period }) =>
    (tick) =>
      tick % period < period / 2,
  ({ period }) =>
    (tick) =>
      tick % period >= period / 2,
  ({ period }) =>
    (tick) =>
      tick % period === 0,
  ({ period }) =>
    (tick) =>
      tick % (2 * period) < period,
  ({ load }) => cheapOf(load, (one, mean) => one > mean),
  ({ load }) => cheapOf(load, (one, mean) => one <= mean && one > 0),
  ({ ticks }) =>
    (tick) =>
      tick / ticks,
  (_, random) => () => random() < 0.5,
  (_, random) => () => random() < 0.05,
  (_, random) => () => random(),
  (_, random) => runsOf(random, 12),
  ({ period }, random) => runsOf(random, period),
];

/** A curve between the minimum and the maximum that makes the most of what the meter does not see; any `number` names one. */
export function hostileCurve(hostile: HostileTo, number: number): PowerCurve {
  const random = createRandom(number * 7919 + 1);
  const powerAt = (SHAPES[number % SHAPES.length] as Shape)(hostile, random);
  const { minWatts, maxWatts, ticks, tickSeconds } = hostile;
  // Later rounds take part of the range, so that meters show values between the extremes.
  const round = Math.floor(number / SHAPES.length);
  const low = round === 0 ? 0 : random() * 0.6;
  const high = round === 0 ? 1 : low + random() * (1 - low);
  const watts = Float64Array.from({ length: ticks }, (_, tick) => {
    const part = Number(powerAt(tick));
    return minWatts + (maxWatts - minWatts) * (low + (high - low) * part);
  });
  return { tickSeconds, watts };
}

function cheapOf(load: Float64Array, isChosen: (load: number, mean: number) => boolean) {
  const open = load.filter((one) => one > 0);
  const mean = open.reduce((a, b) => a + b, 0) / Math.max(1, open.length);
  return (tick: number): boolean => isChosen(load[tick] ?? 0, mean);
}

function runsOf(random: () => number, length: number): () => boolean {
  let left = 0;
  let isHigh = false;
  return () => {
    if (left-- <= 0) {
      left = Math.floor(random() * length * 2);
      isHigh = random() < 0.5;
    }
    return isHigh;
  };
}

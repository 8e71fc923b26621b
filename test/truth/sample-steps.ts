import { nvidiaPowerReachMs, type PowerField } from "@wattspan/sources";
import { IDLE_WATTS, type Steps } from "./simulate-serving.ts";

/** A reading as a meter's reader sees it; times in seconds. */
interface StepReading {
  readonly seconds: number;
  readonly value: number;
  readonly earliest?: number;
}

/** What a meter shows of a device from 0 to `endSeconds`. */
export interface StepMeter {
  readonly name: string;
  readonly kind: "counter" | "power";
  readonly read: (steps: Steps, endSeconds: number, random: () => number) => StepReading[];
}

/** Reads at every end of a step: nothing of the power is hidden. */
export const PERFECT_METER: StepMeter = {
  name: "perfect",
  kind: "counter",
  read: (steps, endSeconds) => {
    const energyAt = createEnergy(steps);
    const times = [-1, ...steps.from, ...steps.to, endSeconds + 1].sort((a, b) => a - b);
    return times.map((seconds) => ({ seconds, value: 1000 + energyAt(seconds) }));
  },
};

/** Meters as they are found on machines. */
export const STEP_METERS: readonly StepMeter[] = [
  { name: "counter, 100 ms", kind: "counter", read: counterEvery(0.1) },
  { name: "  gain -5 %", kind: "counter", read: counterEvery(0.1, 0.95) },
  { name: "  skew 20 ms", kind: "counter", read: counterEvery(0.1, 1, 0.02) },
  { name: "  gaps of 5 s", kind: "counter", read: withGaps(counterEvery(0.1)) },
  { name: "  resets", kind: "counter", read: withResets(counterEvery(0.1)) },
  { name: "power, 1 s average", kind: "power", read: driverPower("average", "", 1, 1) },
  {
    name: "power, 25 ms in 100 ms",
    kind: "power",
    read: driverPower("instant", "NVIDIA A100-SXM4-80GB", 0.025, 0.1),
  },
  { name: "counter, 30 s cache", kind: "counter", read: cachedEvery(30, 15) },
];

type Read = StepMeter["read"];

/** How often the driver renews its power. */
const RENEWED_SECONDS = 0.1;

function counterEvery(everySeconds: number, gain = 1, skewSeconds = 0): Read {
  return (steps, endSeconds, random) => {
    const energyAt = createEnergy(steps);
    return timesEvery(everySeconds, endSeconds, random).map((seconds) => ({
      seconds,
      // NVML counts whole millijoules.
      value: Math.floor((1000 + gain * energyAt(seconds + skewSeconds)) * 1e3) / 1e3,
    }));
  };
}

/** The mean of a window before the driver's last renewal, with the range that the sources give it. */
function driverPower(
  field: PowerField,
  model: string,
  windowSeconds: number,
  everySeconds: number,
): Read {
  const reachSeconds = nvidiaPowerReachMs(field, model) / 1000;
  return (steps, endSeconds, random) => {
    const energyAt = createEnergy(steps);
    const phase = random() * RENEWED_SECONDS;
    return timesEvery(everySeconds, endSeconds, random).map((seconds) => {
      const at = phase + Math.floor((seconds - phase) / RENEWED_SECONDS) * RENEWED_SECONDS;
      const before = energyAt(at - windowSeconds);
      const value = (energyAt(at) - before) / windowSeconds;
      return { seconds, value, earliest: seconds - reachSeconds };
    });
  };
}

function cachedEvery(refreshSeconds: number, scrapeSeconds: number): Read {
  return (steps, endSeconds, random) => {
    const energyAt = createEnergy(steps);
    const refreshed = random() * refreshSeconds;
    const times = timesEvery(scrapeSeconds, endSeconds + 2 * refreshSeconds, random);
    return times.map((seconds) => {
      const at = refreshed + Math.floor((seconds - refreshed) / refreshSeconds) * refreshSeconds;
      return { seconds, value: 10_000 + energyAt(at), earliest: seconds - refreshSeconds };
    });
  };
}

function withGaps(read: Read): Read {
  return (steps, endSeconds, random) => {
    let silentUntil = 0;
    return read(steps, endSeconds, random).filter(({ seconds }) => {
      if (seconds < silentUntil) return false;
      if (random() < 0.002) silentUntil = seconds + 5;
      return true;
    });
  };
}

function withResets(read: Read): Read {
  return (steps, endSeconds, random) => {
    let start = 0;
    return read(steps, endSeconds, random).map((reading) => {
      if (random() < 0.0005) start = reading.value;
      return { ...reading, value: reading.value - start };
    });
  };
}

function timesEvery(everySeconds: number, endSeconds: number, random: () => number): number[] {
  const offset = random() * everySeconds - 2 * everySeconds;
  const count = Math.ceil((endSeconds + 4 * everySeconds) / everySeconds);
  return Array.from({ length: count }, (_, i) => offset + i * everySeconds);
}

/** Joules before a time; the answers are quickest for times that ascend or nearly do. */
function createEnergy({ from, to, watts }: Steps): (seconds: number) => number {
  const above = [0];
  for (let i = 0; i < from.length; i++) {
    const seconds = (to[i] as number) - (from[i] as number);
    above.push((above[i] as number) + ((watts[i] as number) - IDLE_WATTS) * seconds);
  }
  let step = 0;
  return (seconds) => {
    while (step > 0 && (from[step - 1] as number) >= seconds) step--;
    while (step < from.length && (to[step] as number) <= seconds) step++;
    const begun = seconds - (from[step] ?? Infinity);
    const part = begun > 0 ? begun * ((watts[step] as number) - IDLE_WATTS) : 0;
    return (above[step] as number) + part + IDLE_WATTS * (seconds + 1000);
  };
}

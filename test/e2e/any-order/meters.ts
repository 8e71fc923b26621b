import { instantOf, type MeterKind, type MeterReading } from "@wattspan/footprint";
import type { Random } from "./random.ts";

/** How one device is read: the meters it has, and how often. */
interface MeterPlan {
  readonly device: string;
  readonly kinds: readonly MeterKind[];
  readonly everyMs: number;
}

const plans: readonly MeterPlan[] = [
  { device: "node-a/GPU-0", kinds: ["counter"], everyMs: 1000 },
  { device: "node-a/GPU-1", kinds: ["counter", "power"], everyMs: 2000 },
  { device: "node-a/GPU-2", kinds: ["counter"], everyMs: 10_000 },
  { device: "node-a/GPU-3", kinds: ["power"], everyMs: 5000 },
  { device: "node-b/GPU-4", kinds: ["power"], everyMs: 1000 },
  { device: "node-b/GPU-5", kinds: ["power", "counter"], everyMs: 15_000 },
  // Scraped every minute: intervals reach over epochs.
  { device: "node-b/GPU-6", kinds: ["counter"], everyMs: 60_000 },
  { device: "node-c/GPU-7", kinds: ["counter"], everyMs: 3000 },
];

/** Readings of all devices over `[fromNs, toNs]`, with gaps, resets, repeats and doubles. */
export function makeReadings(random: Random, fromNs: bigint, toNs: bigint): MeterReading[] {
  return plans.flatMap((plan) =>
    plan.kinds.flatMap((kind) => readMeter(random, plan, kind, fromNs, toNs)),
  );
}

function readMeter(
  random: Random,
  { device, everyMs }: MeterPlan,
  kind: MeterKind,
  fromNs: bigint,
  toNs: bigint,
): MeterReading[] {
  const readings: MeterReading[] = [];
  const stepNs = BigInt(everyMs) * 1_000_000n;
  let joules = random.below(1_000_000);
  let watts = 300;
  let skip = 0;
  for (let atNs = fromNs; atNs <= toNs; atNs += stepNs) {
    watts = Math.max(40, Math.min(690, watts + random.between(-120, 120)));
    // A cached value is read again.
    if (!random.chance(0.04)) joules += (watts * everyMs) / 1000;
    if (random.chance(0.004)) joules = random.below(50);
    if (random.chance(0.006)) skip = Math.ceil(random.between(5, 260) / (everyMs / 1000));
    if (skip-- > 0) continue;
    const jitterNs = BigInt(random.below(everyMs * 100_000));
    const at = instantOf(atNs + jitterNs);
    const reading = { device, kind, value: kind === "counter" ? joules : watts, at };
    readings.push(reading);
    if (random.chance(0.03)) readings.push(reading);
    if (random.chance(0.02)) readings.push({ ...reading, value: reading.value + random.below(90) });
  }
  return readings;
}

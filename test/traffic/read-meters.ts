import { instantOf, type MeterReading } from "@wattspan/footprint";
import type { Busy } from "./serve.ts";

const IDLE_WATTS = 75;
const MAX_WATTS = 690;

/** Cumulative energy of each device every `everyMs` over `[fromMs, toMs]`: idle power, and what its work draws. */
export function readCounters(
  devices: readonly string[],
  busy: readonly Busy[],
  fromMs: number,
  toMs: number,
  everyMs: number,
): MeterReading[] {
  const steps = Math.floor((toMs - fromMs) / everyMs);
  return devices.flatMap((device) => {
    const joules = new Float64Array(steps);
    for (const one of busy) {
      if (one.device !== device) continue;
      const first = Math.max(0, Math.floor((one.fromMs - fromMs) / everyMs));
      for (let i = first; i < steps && fromMs + i * everyMs < one.toMs; i++) {
        const start = Math.max(one.fromMs, fromMs + i * everyMs);
        const end = Math.min(one.toMs, fromMs + (i + 1) * everyMs);
        joules[i] = (joules[i] as number) + ((end - start) / 1000) * one.watts;
      }
    }
    let value = 1000;
    const readings: MeterReading[] = [readingOf(device, value, fromMs)];
    for (let i = 0; i < steps; i++) {
      const most = ((MAX_WATTS - IDLE_WATTS) * everyMs) / 1000;
      value += (IDLE_WATTS * everyMs) / 1000 + Math.min(most, joules[i] as number);
      readings.push(readingOf(device, value, fromMs + (i + 1) * everyMs));
    }
    return readings;
  });
}

function readingOf(device: string, value: number, atMs: number): MeterReading {
  return { device, kind: "counter", value, at: instantOf(BigInt(Math.round(atMs)) * 1_000_000n) };
}

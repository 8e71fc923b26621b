import type { MeterReading } from "@wattspan/footprint";
import { createDeviceHolders, type DeviceHolder, type ReadingSource } from "./hold-devices.ts";

/** Keeps every device to one source; the readings that may pass, and how many may not. */
export type GuardSources = (
  readings: readonly MeterReading[],
  source: ReadingSource,
) => { readonly passed: readonly MeterReading[]; readonly refused: number };

/**
 * Creates the guard: two views of one counter lag differently, and a mixture of both is neither. The joules between a
 * source and the one that takes over from it are unknown: the other's counter starts at 0 J, which the ledger takes for a
 * reset.
 */
export function createSourceGuard(): GuardSources {
  const hold = createDeviceHolders();
  /** What a counter showed first after its device was taken over, J. */
  const firstJoules = new WeakMap<DeviceHolder, number>();

  function pass(reading: MeterReading, source: ReadingSource): MeterReading | undefined {
    const holder = hold(reading.device, source, reading.at);
    if (holder?.from === undefined || reading.kind !== "counter") return holder && reading;
    const first = firstJoules.get(holder) ?? reading.value;
    firstJoules.set(holder, first);
    return { ...reading, value: reading.value - first };
  }

  return (readings, source) => {
    const passed = readings.flatMap((reading) => pass(reading, source) ?? []);
    return { passed, refused: readings.length - passed.length };
  };
}

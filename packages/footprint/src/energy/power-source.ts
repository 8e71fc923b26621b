import type { MeterReading } from "./meter-reading.ts";

/** Port: something that reads meters. `start` calls `onReadings` until `shutdown`, which is safe twice. */
export interface PowerSource {
  readonly name: string;
  start(onReadings: (readings: readonly MeterReading[]) => void): void;
  shutdown(): Promise<void>;
}

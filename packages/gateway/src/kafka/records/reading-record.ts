import type { MeterReading } from "@wattspan/footprint";
import type { ReadingSource } from "../../device/hold-devices.ts";
import { createByteReader } from "./byte-reader.ts";
import { type ByteWriter, createByteWriter } from "./byte-writer.ts";

/** Version of the records in the topic `readings`. */
const VERSION = 1;

const POWER = 1;
const MODELLED = 2;
const RANGE = 4;

/** Readings of devices of one partition, as one source gave them. */
export interface ReadingRecord {
  readonly source: ReadingSource;
  readonly readings: readonly MeterReading[];
}

/**
 * The readings in bytes: version, source (1: own), then runs of readings of one device, each a device key, a length and
 * per reading flags (1 power, 2 modelled, 4 time range), value, epoch and nanoseconds of its end, and of its start where
 * the flag says so.
 */
export function encodeReadings({ source, readings }: ReadingRecord): Uint8Array {
  const writer = createByteWriter(VERSION);
  writer.byte(source === "own" ? 1 : 0);
  for (let from = 0; from < readings.length; ) {
    const { device } = readings[from] as MeterReading;
    let to = from + 1;
    while (readings[to]?.device === device) to++;
    writer.text(device);
    writer.count(to - from);
    for (; from < to; from++) writeReading(writer, readings[from] as MeterReading);
  }
  return writer.finish();
}

function writeReading(
  writer: ByteWriter,
  { kind, value, at, earliest, modelled }: MeterReading,
): void {
  writer.byte(
    (kind === "power" ? POWER : 0) |
      (modelled === true ? MODELLED : 0) |
      (earliest === undefined ? 0 : RANGE),
  );
  writer.double(value);
  for (const time of earliest === undefined ? [at] : [at, earliest]) {
    writer.count(time.epoch);
    writer.double(time.ns);
  }
}

/** Reads a record; throws `RecordError` for one that is broken or of another version. */
export function decodeReadings(record: Uint8Array): ReadingRecord {
  const reader = createByteReader(record, VERSION);
  const source = reader.byte() === 1 ? "own" : "otlp";
  const readings: MeterReading[] = [];
  const time = () => ({ epoch: reader.count(), ns: reader.double() });
  while (!reader.isAtEnd()) {
    const device = reader.text();
    for (let left = reader.count(); left > 0; left--) {
      const flags = reader.byte();
      const value = reader.double();
      readings.push({
        device,
        kind: (flags & POWER) === 0 ? "counter" : "power",
        value,
        at: time(),
        ...((flags & RANGE) === 0 ? {} : { earliest: time() }),
        ...((flags & MODELLED) === 0 ? {} : { modelled: true }),
      });
    }
  }
  return { source, readings };
}

import type { DeviceEnergy, EnergySlice, IdlePolicy, TimeShape } from "@wattspan/footprint";
import { createByteReader } from "./byte-reader.ts";
import { createByteWriter } from "./byte-writer.ts";

/** Version of the records in the topic `energies`. */
const VERSION = 1;

/** What one device gave to a phase; what is configured of the device is known to both roles. */
export interface DevicePartial extends Omit<DeviceEnergy, "device"> {
  /** `node/id`. */
  readonly deviceKey: string;
}

/** A phase's figures on the devices of one partition: no phase that overlaps can still be unknown. */
export interface EnergyRecord {
  readonly phaseId: string;
  /** Partition of `phases` and `readings` that the devices belong to. */
  readonly devicePartition: number;
  /** Start of the window charged: without the wait for earlier passes. */
  readonly chargedStartUnixNano: bigint;
  /** Why the phase was not charged. */
  readonly refusal?: string;
  readonly devices: readonly DevicePartial[];
}

const REFUSED = 1;
const KINDS = [undefined, "counter", "power"] as const;
const POLICIES: readonly IdlePolicy[] = ["separate", "shared", "included"];
const SHAPES: readonly TimeShape[] = ["busy", "uniform"];

/**
 * The record in bytes: version, phase id, partition, flags (1 refused), start, refusal, then per device its key, meter,
 * policy, shape, six figures in joules and nanoseconds, and its joules by epoch.
 */
export function encodeEnergy(record: EnergyRecord): Uint8Array {
  const writer = createByteWriter(VERSION);
  writer.id(record.phaseId);
  writer.count(record.devicePartition);
  writer.byte(record.refusal === undefined ? 0 : REFUSED);
  writer.unixNano(record.chargedStartUnixNano);
  if (record.refusal !== undefined) writer.text(record.refusal);
  writer.count(record.devices.length);
  for (const device of record.devices) {
    writer.text(device.deviceKey);
    writer.byte(KINDS.indexOf(device.meterKind));
    writer.byte(device.isModelled ? 1 : 0);
    writer.byte(POLICIES.indexOf(device.idlePolicy));
    writer.byte(SHAPES.indexOf(device.timeShape));
    writer.double(device.dynamicJoules);
    writer.double(device.idleJoules);
    writer.double(device.lowerJoules);
    writer.double(device.upperJoules);
    writer.double(device.coveredNs);
    writer.double(device.windowJoules);
    writer.count(device.slices.length);
    for (const { epoch, ns, joules } of device.slices) {
      writer.count(epoch);
      writer.double(ns);
      writer.double(joules);
    }
  }
  return writer.finish();
}

/** Reads a record; throws `RecordError` for one that is broken or of another version. */
export function decodeEnergy(record: Uint8Array): EnergyRecord {
  const reader = createByteReader(record, VERSION);
  const phaseId = reader.id();
  const devicePartition = reader.count();
  const flags = reader.byte();
  const chargedStartUnixNano = reader.unixNano();
  const refusal = (flags & REFUSED) === 0 ? {} : { refusal: reader.text() };
  const devices = Array.from({ length: reader.count() }, (): DevicePartial => {
    const head = {
      deviceKey: reader.text(),
      meterKind: KINDS[reader.byte()],
      isModelled: reader.byte() === 1,
      idlePolicy: POLICIES[reader.byte()] ?? "included",
      timeShape: SHAPES[reader.byte()] ?? "uniform",
    };
    const figures = {
      dynamicJoules: reader.double(),
      idleJoules: reader.double(),
      lowerJoules: reader.double(),
      upperJoules: reader.double(),
      coveredNs: reader.double(),
      windowJoules: reader.double(),
    };
    const slices = Array.from(
      { length: reader.count() },
      (): EnergySlice => ({ epoch: reader.count(), ns: reader.double(), joules: reader.double() }),
    );
    return { ...head, ...figures, slices };
  });
  return { phaseId, devicePartition, chargedStartUnixNano, ...refusal, devices };
}

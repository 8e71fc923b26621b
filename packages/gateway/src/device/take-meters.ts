import { type EngineCount, type MeterReading, splitBoards, unixMsOf } from "@wattspan/footprint";
import type { Encoding } from "@wattspan/otlp";
import type { NodeOptions, PipelineOptions } from "../pipeline-options.ts";
import type { PodDevices } from "../trace/pod-devices.ts";
import { boardPartsOf } from "./board-parts.ts";
import type { DeviceStage } from "./device-stage.ts";
import { createSourceGuard } from "./guard-sources.ts";
import type { ReadingSource } from "./hold-devices.ts";
import { createMetricsReader } from "./read-metrics.ts";
import type { CountTaker } from "./take-counts.ts";
import { createIdleWatch, type IdleWatch } from "./watch-idle.ts";

/** Takes what meters and engines say, by whichever way, to the device stage. */
export interface MeterIntake {
  /** Takes a request of metrics; whether any is a meter's or an engine's. Throws `OtlpError` for broken bytes. */
  takeMetrics(encoding: Encoding, body: Uint8Array): boolean;
  takeReadings(readings: readonly MeterReading[], source: ReadingSource): void;
  takeCounts(counts: readonly EngineCount[], source: ReadingSource): void;
  /** Nodes as they are from now on. */
  renew(nodes: readonly NodeOptions[]): void;
  /** `hw.type` of devices, by their key, as their meters say. */
  readonly deviceKinds: ReadonlyMap<string, string>;
  readonly idleWatch: IdleWatch;
  /** Latest time of a reading or a count, ms. */
  readonly latestMs: number;
}

/** What the intake is made of. */
export interface MeterIntakeOptions {
  readonly pipeline: Pick<PipelineOptions, "nodes" | "meters">;
  readonly devices: DeviceStage;
  readonly counts: CountTaker;
  readonly pods: PodDevices;
  readonly now: () => number;
  /** Told of points that no figure comes of. */
  readonly onUnread: (reason: string, count: number) => void;
}

/** Creates the intake over a device stage. */
export function createMeterIntake(options: MeterIntakeOptions): MeterIntake {
  const { pipeline, devices, counts, pods, now, onUnread } = options;
  const reader = createMetricsReader(pipeline);
  const guard = createSourceGuard();
  const idleWatch = createIdleWatch(pipeline.meters);
  let boards = boardPartsOf(pipeline.nodes);
  let latestMs = 0;

  function noteTimes(all: readonly (MeterReading | EngineCount)[]): void {
    for (const { at } of all) latestMs = Math.max(latestMs, unixMsOf(at));
  }

  function tellUnread(reason: string, count: number): void {
    if (count > 0) onUnread(reason, count);
  }

  function takeReadings(readings: readonly MeterReading[], source: ReadingSource): void {
    noteTimes(readings);
    const { passed, refused } = guard(splitBoards(readings, boards), source);
    tellUnread("other_source", refused);
    idleWatch.add(passed);
    tellUnread("too_late", devices.addReadings(passed, now()));
  }

  function takeCounts(all: readonly EngineCount[], source: ReadingSource): void {
    noteTimes(all);
    const { readings, unread } = counts.take(all, source);
    for (const [reason, count] of unread) onUnread(reason, count);
    tellUnread("too_late", devices.addWork(readings, now()));
  }

  return {
    takeMetrics(encoding, body) {
      const read = reader.read(encoding, body);
      if (read === undefined) return false;
      pods.note(read.sightings);
      takeReadings(read.readings, "otlp");
      for (const [reason, count] of read.unread) onUnread(reason, count);
      takeCounts(read.counts, "otlp");
      return true;
    },
    takeReadings,
    takeCounts,
    renew(nodes) {
      reader.renew(nodes);
      boards = boardPartsOf(nodes);
    },
    deviceKinds: reader.deviceKinds,
    idleWatch,
    get latestMs() {
      return latestMs;
    },
  };
}

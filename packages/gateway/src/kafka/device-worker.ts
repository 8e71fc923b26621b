import type { MeterReading } from "@wattspan/footprint";
import { unixMsOf } from "@wattspan/footprint";
import type { PipelineOptions } from "../pipeline-options.ts";
import { createCheckpoints } from "./checkpoints.ts";
import { createDeviceTask, type DeviceTask } from "./device-task.ts";
import type { LogRecord } from "./group-reader.ts";
import type { KafkaTopics } from "./kafka-options.ts";
import { encodeEnergy } from "./records/energy-record.ts";
import { decodePhaseMessage } from "./records/phase-record.ts";
import { decodeReadings } from "./records/reading-record.ts";
import type { StartOffsets } from "./start-offsets.ts";
import type { Worker } from "./start-role.ts";
import { createStreamClock } from "./stream-clock.ts";
import type { TopicWriter } from "./topic-writer.ts";

/** Topics of the device role. */
type DeviceTopic = "phases" | "readings";

/** One partition of the device role at work. */
export interface DeviceWorker extends Worker<DeviceTopic> {
  readonly task: DeviceTask;
  /** Partitions of `spans` that are not waited for. */
  readonly silentCount: number;
}

const READS: ReadonlySet<DeviceTopic> = new Set(["phases", "readings"]);

/** What a worker needs. */
export interface DeviceWorkerOptions {
  readonly pipeline: PipelineOptions;
  readonly topics: KafkaTopics;
  readonly partition: number;
  readonly partitions: { readonly spans: number; readonly devices: number };
  readonly starts: Readonly<Record<DeviceTopic, StartOffsets>>;
  readonly topicWriter: TopicWriter;
  readonly observer: {
    onReadings?(readings: readonly MeterReading[]): void;
    onUnread?(reason: string, count: number): void;
    onUnreadable?(topic: string, error: Error): void;
  };
}

/** Creates the worker; nothing is read yet. */
export function createDeviceWorker(options: DeviceWorkerOptions): DeviceWorker {
  const { pipeline, topics, partition, starts, topicWriter, observer } = options;
  const { keepMs, maxPhaseMs } = pipeline.join;
  const task = createDeviceTask(pipeline, {
    partition,
    partitions: options.partitions.devices,
    spansPartitions: options.partitions.spans,
  });
  const clocks = {
    phases: createStreamClock(starts.phases.high === starts.phases.from),
    readings: createStreamClock(starts.readings.high === starts.readings.from),
  };
  const next = { phases: starts.phases.from, readings: starts.readings.from };
  const checkpoints = createCheckpoints<{ phases: number; readings: number }>();
  // Phases that ended before the records that are read from here on may be missing: what they overlap is not settled.
  const committedMs = Number(starts.phases.metadata);
  const fromMs = committedMs > 0 ? committedMs + maxPhaseMs : 0;
  let phasesMs = Number.NEGATIVE_INFINITY;

  const isRestored = (): boolean =>
    next.phases >= starts.phases.high && next.readings >= starts.readings.high;

  function takeRecord(topic: DeviceTopic, { atMs, value }: LogRecord): void {
    if (value === undefined) return;
    try {
      if (topic === "phases") {
        task.takePhase(decodePhaseMessage(value), atMs);
        return;
      }
      const { source, readings } = decodeReadings(value);
      const wanted = readings.filter(({ at }) => unixMsOf(at) >= fromMs);
      const { passed, unread } = task.takeReadings({ source, readings: wanted }, atMs);
      observer.onReadings?.(passed);
      for (const [reason, count] of unread) {
        if (count > 0) observer.onUnread?.(reason, count);
      }
    } catch (error) {
      observer.onUnreadable?.(topics[topic], error as Error);
    }
  }

  return {
    task,
    reads: READS,
    nextOf: (topic) => next[topic],
    take(topic, records, isCaughtUp) {
      const last = records.at(-1);
      if (last === undefined) return;
      for (const record of records) {
        if (record.offset < next[topic]) continue;
        next[topic] = record.offset + 1;
        takeRecord(topic, record);
      }
      clocks[topic].read(last.atMs, isCaughtUp);
    },
    tick(fetchedMs) {
      if (!isRestored()) return;
      phasesMs = clocks.phases.atMs(fetchedMs);
      const readingsMs = clocks.readings.atMs(fetchedMs);
      for (const { partition: to, record } of task.settle(phasesMs, readingsMs)) {
        topicWriter.put({ topic: topics.energies, partition: to, value: encodeEnergy(record) });
      }
      const nowMs = Math.min(phasesMs, readingsMs);
      checkpoints.note(nowMs, () => ({ ...next }));
    },
    checkpoint() {
      const found = checkpoints.take(phasesMs - keepMs - 2 * maxPhaseMs);
      return found && { atMs: found.atMs, next: found.position };
    },
    get silentCount() {
      return task.silentAt(phasesMs);
    },
  };
}

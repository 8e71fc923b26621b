import { isEngineMetric, type MeterReading, splitBoards } from "@wattspan/footprint";
import { createRedactor, type Encoding, OtlpError, scanMetrics } from "@wattspan/otlp";
import { boardPartsOf } from "../device/board-parts.ts";
import type { ReadingSource } from "../device/guard-sources.ts";
import { readEnginePoints } from "../device/read-engines.ts";
import { createMeterReader, isMeterMetric } from "../device/read-meters.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import {
  type Accept,
  busy,
  type Signal,
  takenWithout,
  unreadable,
  type Verdict,
} from "../receive/accept.ts";
import type { PartitionCounts } from "./check-topics.ts";
import type { KafkaTopics } from "./kafka-options.ts";
import { partitionOf } from "./partition-of.ts";
import { encodeReadings } from "./records/reading-record.ts";
import { createSpanSplitter } from "./split-spans.ts";
import type { TopicWriter } from "./topic-writer.ts";

/** Takes OTLP and writes spans and readings where the other roles read them. */
export interface ReceiveRole {
  /** Accepted once Kafka has it. */
  readonly accept: Accept;
  addReadings(readings: readonly MeterReading[], source: ReadingSource): void;
  /** By device, `hw.type` as its meter says. */
  readonly deviceKinds: ReadonlyMap<string, string>;
}

/** What the role needs. */
export interface ReceiveRoleOptions {
  readonly pipeline: PipelineOptions;
  readonly topics: KafkaTopics;
  readonly counts: PartitionCounts;
  readonly topicWriter: TopicWriter;
  /** Sends metrics and logs on; false where there is no room. */
  readonly emit: (signal: Signal, encoding: Encoding, body: Uint8Array) => boolean;
  readonly onUnread?: (reason: string, count: number) => void;
}

/** Why counts of engines are not used: they would have to reach every member that places work on their devices. */
export const COUNTS_UNREAD = "counts_over_kafka";

const isKnownMetric = (name: string): boolean => isMeterMetric(name) || isEngineMetric(name);

/** Nothing more is taken while so much waits for Kafka. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Creates the role. */
export function createReceiveRole(options: ReceiveRoleOptions): ReceiveRole {
  const { pipeline, topics, counts, topicWriter, emit } = options;
  const split = createSpanSplitter(counts.spans);
  const redact = createRedactor(pipeline.redact ?? []);
  const readMeters = createMeterReader(pipeline.nodes, pipeline.meters.exporterIntervalMs);
  const boards = boardPartsOf(pipeline.nodes);
  const deviceKinds = new Map<string, string>();

  function addReadings(readings: readonly MeterReading[], source: ReadingSource): void {
    const parts = new Map<number, MeterReading[]>();
    for (const reading of splitBoards(readings, boards)) {
      const partition = partitionOf(reading.device, counts.devices);
      const part = parts.get(partition) ?? [];
      parts.set(partition, part);
      part.push(reading);
    }
    for (const [partition, part] of parts) {
      const value = encodeReadings({ source, readings: part });
      topicWriter.put({ topic: topics.readings, partition, value });
    }
  }

  async function acceptTraces(encoding: Encoding, body: Uint8Array): Promise<Verdict> {
    const { records, rejected } = split(encoding, body);
    try {
      await topicWriter.write(
        records.map(({ partition, body: value }) => ({ topic: topics.spans, partition, value })),
      );
    } catch (error) {
      return { status: "refused", reason: "too_large", message: (error as Error).message };
    }
    return takenWithout(rejected);
  }

  async function acceptOther(
    signal: "metrics" | "logs",
    encoding: Encoding,
    body: Uint8Array,
  ): Promise<Verdict> {
    const points = signal === "metrics" ? scanMetrics(body, encoding, isKnownMetric) : [];
    if (!emit(signal, encoding, body)) return busy("the backend's queue is full");
    if (points.length > 0) {
      const { readings, unread, kinds } = readMeters(points);
      for (const [device, kind] of kinds) deviceKinds.set(device, kind);
      for (const [reason, count] of unread) options.onUnread?.(reason, count);
      addReadings(readings, "otlp");
      const counts = readEnginePoints(points).length;
      if (counts > 0) options.onUnread?.(COUNTS_UNREAD, counts);
      await topicWriter.safe();
    }
    return { status: "accepted", rejected: 0 };
  }

  return {
    async accept(signal, encoding, given) {
      if (topicWriter.waitingBytes > MAX_WAITING_BYTES) return busy("Kafka does not keep up");
      try {
        const body = redact(signal, encoding, given);
        return signal === "traces"
          ? await acceptTraces(encoding, body)
          : await acceptOther(signal, encoding, body);
      } catch (error) {
        if (!(error instanceof OtlpError)) throw error;
        return unreadable(error);
      }
    },
    addReadings,
    deviceKinds,
  };
}

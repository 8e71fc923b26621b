import { type MeterReading, splitBoards } from "@wattspan/footprint";
import { createRedactor, type Encoding } from "@wattspan/otlp";
import { boardPartsOf } from "../device/board-parts.ts";
import type { ReadingSource } from "../device/hold-devices.ts";
import { createMetricsReader } from "../device/read-metrics.ts";
import type { Emit } from "../pipeline.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { Accept, Verdict } from "../receive/accept.ts";
import { countItems } from "../receive/count-items.ts";
import { acceptedBut, busy, unreadable } from "../receive/verdicts.ts";
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
  readonly emit: Emit;
  readonly onUnread?: (reason: string, count: number) => void;
}

/** Why counts of engines are not used: they would have to reach every member that places work on their devices. */
export const COUNTS_UNREAD = "counts_over_kafka";

/** Nothing more is taken while so much waits for Kafka. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Creates the role. */
export function createReceiveRole(options: ReceiveRoleOptions): ReceiveRole {
  const { pipeline, topics, counts, topicWriter, emit } = options;
  const split = createSpanSplitter(counts.spans);
  const reader = createMetricsReader(pipeline);
  const redact = createRedactor(pipeline.redact ?? []);
  const boards = boardPartsOf(pipeline.nodes);

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
    return acceptedBut(rejected);
  }

  async function acceptOther(
    signal: "metrics" | "logs",
    encoding: Encoding,
    body: Uint8Array,
  ): Promise<Verdict> {
    const read = signal === "metrics" ? reader.read(encoding, body) : undefined;
    const items = countItems(signal, encoding, body);
    if (!emit(signal, encoding, body, items)) return busy("the backend's queue is full");
    if (read !== undefined) {
      for (const [reason, count] of read.unread) options.onUnread?.(reason, count);
      addReadings(read.readings, "otlp");
      if (read.counts.length > 0) options.onUnread?.(COUNTS_UNREAD, read.counts.length);
      await topicWriter.safe();
    }
    return acceptedBut([], items);
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
        return unreadable(error);
      }
    },
    addReadings,
    deviceKinds: reader.deviceKinds,
  };
}

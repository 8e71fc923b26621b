import { setTimeout as sleep } from "node:timers/promises";
import type { Producer } from "kafkajs";
import type { Log } from "../log.ts";

/** A record to write; its key only tells records of a compacted topic apart. */
export interface TopicRecord {
  readonly topic: string;
  readonly partition: number;
  /** Null: the key is forgotten. */
  readonly value: Uint8Array | null;
  readonly key?: string;
}

/** Writes records in the order in which they were put, many at once, and again until the brokers have them. */
export interface TopicWriter {
  /** One that is refused for good is lost, and the log says so. */
  put(record: TopicRecord): void;
  /** Puts records; resolves once they are safe, rejects where one of them is refused for good. */
  write(records: readonly TopicRecord[]): Promise<void>;
  /** Resolves once everything put before is safe, or refused for good. */
  safe(): Promise<void>;
  /** Bytes not safe yet. */
  readonly waitingBytes: number;
}

/** Brokers take messages of up to 1 MB by default. */
const BATCH_BYTES = 700_000;
const PAUSE_MS = 500;
const REFUSALS: ReadonlySet<unknown> = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"]);

interface Entry {
  readonly record: TopicRecord;
  readonly onRefused: (error: Error) => void;
}

interface Waiter {
  readonly after: number;
  readonly resolve: () => void;
}

/** Creates a writer over a connected producer. */
export function createTopicWriter(producer: Pick<Producer, "sendBatch">, log: Log): TopicWriter {
  let waiting: Entry[] = [];
  let waiters: Waiter[] = [];
  let putCount = 0;
  let safeCount = 0;
  let waitingBytes = 0;
  let isRunning = false;

  function takeBatch(): readonly Entry[] {
    let bytes = 0;
    let count = 0;
    for (const { record } of waiting) {
      bytes += sizeOf(record);
      // A batch of its own for what would make this one too large.
      if (count > 0 && bytes > BATCH_BYTES) break;
      count++;
    }
    return waiting.slice(0, count);
  }

  async function send(batch: readonly Entry[]): Promise<void> {
    for (;;) {
      try {
        const topicMessages = groupByTopic(batch.map(({ record }) => record));
        await producer.sendBatch({ acks: -1, topicMessages });
        return;
      } catch (error) {
        if (REFUSALS.has((error as { type?: unknown }).type)) {
          await refuse(batch, error as Error);
          return;
        }
        log.warn("Kafka does not take records, trying again", {
          about: "kafka",
          error: (error as Error).message,
        });
        await sleep(PAUSE_MS);
      }
    }
  }

  /** Others may be small enough for a broker that takes less than usual. */
  async function refuse(batch: readonly Entry[], error: Error): Promise<void> {
    if (batch.length === 1) batch[0]?.onRefused(error);
    else for (const entry of batch) await send([entry]);
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const batch = takeBatch();
      await send(batch);
      waiting = waiting.slice(batch.length);
      safeCount += batch.length;
      for (const { record } of batch) waitingBytes -= sizeOf(record);
      const done = waiters.filter(({ after }) => after <= safeCount);
      waiters = waiters.filter(({ after }) => after > safeCount);
      for (const { resolve } of done) resolve();
    }
    isRunning = false;
  }

  function put(record: TopicRecord, onRefused: Entry["onRefused"]): void {
    waiting.push({ record, onRefused });
    putCount++;
    waitingBytes += sizeOf(record);
    if (isRunning) return;
    isRunning = true;
    // What is put in one go is written in one go.
    queueMicrotask(() => void run());
  }

  function safe(): Promise<void> {
    if (safeCount === putCount) return Promise.resolve();
    return new Promise((resolve) => waiters.push({ after: putCount, resolve }));
  }

  function lose({ topic }: TopicRecord, { message }: Error): void {
    log.error("a record is lost: Kafka refuses it", { about: topic, error: message });
  }

  return {
    put: (record) => put(record, (error) => lose(record, error)),
    async write(records) {
      let refusal: Error | undefined;
      for (const record of records) {
        put(record, (error) => {
          refusal = error;
        });
      }
      await safe();
      if (refusal !== undefined) throw refusal;
    },
    safe,
    get waitingBytes() {
      return waitingBytes;
    },
  };
}

function sizeOf({ value, key = "" }: TopicRecord): number {
  return (value?.length ?? 0) + key.length + 64;
}

function groupByTopic(batch: readonly TopicRecord[]) {
  const topics = new Map<
    string,
    { key: string | null; value: Buffer | null; partition: number }[]
  >();
  for (const { topic, partition, value, key = null } of batch) {
    const messages = topics.get(topic) ?? [];
    topics.set(topic, messages);
    const bytes =
      value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    messages.push({ key, value: bytes, partition });
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}

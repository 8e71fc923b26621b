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
  put(record: TopicRecord): void;
  /** Resolves once everything put before is safe; rejects where a record put since the last call is refused for good. */
  safe(): Promise<void>;
  /** Bytes not safe yet. */
  readonly waitingBytes: number;
}

/** Brokers take messages of up to 1 MB by default. */
const BATCH_BYTES = 700_000;
const PAUSE_MS = 500;
const REFUSALS: ReadonlySet<unknown> = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"]);

interface Waiter {
  readonly after: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Creates a writer over a connected producer. */
export function createTopicWriter(producer: Producer, log: Log): TopicWriter {
  let waiting: TopicRecord[] = [];
  let waiters: Waiter[] = [];
  let putCount = 0;
  let safeCount = 0;
  let waitingBytes = 0;
  let isRunning = false;
  let refusal: Error | undefined;

  function takeBatch(): readonly TopicRecord[] {
    let bytes = 0;
    let count = 0;
    while (count < waiting.length && (count === 0 || bytes < BATCH_BYTES)) {
      bytes += sizeOf(waiting[count] as TopicRecord);
      // A batch of its own for what would make this one too large.
      if (count > 0 && bytes > BATCH_BYTES) break;
      count++;
    }
    return waiting.slice(0, count);
  }

  async function write(batch: readonly TopicRecord[]): Promise<void> {
    for (;;) {
      try {
        await producer.sendBatch({ acks: -1, topicMessages: groupByTopic(batch) });
        return;
      } catch (error) {
        if (REFUSALS.has((error as { type?: unknown }).type)) {
          refusal = error as Error;
          return;
        }
        log.warn("Kafka does not take records, trying again", {
          about: "kafka",
          error: (error as Error).message,
        });
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  function settle(): void {
    const error = refusal;
    const done = waiters.filter(({ after }) => after <= safeCount);
    waiters = waiters.filter(({ after }) => after > safeCount);
    if (done.length > 0) refusal = undefined;
    for (const { resolve, reject } of done) {
      if (error === undefined) resolve();
      else reject(error);
    }
  }

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      const batch = takeBatch();
      await write(batch);
      waiting = waiting.slice(batch.length);
      safeCount += batch.length;
      for (const record of batch) waitingBytes -= sizeOf(record);
      settle();
    }
    isRunning = false;
  }

  return {
    put(record) {
      waiting.push(record);
      putCount++;
      waitingBytes += sizeOf(record);
      // What is put in one go is written in one go.
      if (!isRunning) {
        isRunning = true;
        queueMicrotask(() => void run());
      }
    },
    safe() {
      if (safeCount === putCount) return Promise.resolve();
      return new Promise((resolve, reject) => waiters.push({ after: putCount, resolve, reject }));
    },
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

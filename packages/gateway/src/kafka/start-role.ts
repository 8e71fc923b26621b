import type { Log } from "../log.ts";
import type { KafkaConnection } from "./connect-kafka.ts";
import { createGroupReader, type GroupReader, type LogRecord } from "./group-reader.ts";
import type { KafkaTopics } from "./kafka-options.ts";
import { readStartOffsets, type StartOffsets } from "./start-offsets.ts";

/** One partition of a role at work, over the topics `T`. */
export interface Worker<T extends keyof KafkaTopics> {
  /** Topics to read now. */
  readonly reads: ReadonlySet<T>;
  /** Offset of the next record of a topic. */
  nextOf(topic: T): number;
  /** Must not wait for anything. */
  take(topic: T, records: readonly LogRecord[], isCaughtUp: boolean): void;
  /** Everything that was in the topics at `fetchedMs` has been taken. */
  tick(fetchedMs: number): void;
  /** Offsets before which nothing is needed any more, and when they were reached, once. */
  checkpoint():
    | { readonly atMs: number; readonly next: Readonly<Partial<Record<T, number>>> }
    | undefined;
}

/** A role at work on the partitions that its group gave it. */
export interface Role<W> {
  /** By partition. */
  readonly workers: ReadonlyMap<number, W>;
  tick(): void;
  shutdown(): Promise<void>;
}

/** What a role is made of. */
export interface RoleOptions<T extends keyof KafkaTopics, W extends Worker<T>> {
  readonly connection: KafkaConnection;
  readonly groupId: string;
  /** Names of the topics that it reads. */
  readonly topics: Readonly<Record<T, string>>;
  readonly createWorker: (partition: number, starts: Readonly<Record<T, StartOffsets>>) => W;
  readonly log: Log;
}

const RETAKE_MS = 1000;

/** Joins the role's group; resolves once its first partitions are known. */
export async function startRole<T extends keyof KafkaTopics, W extends Worker<T>>(
  options: RoleOptions<T, W>,
): Promise<Role<W>> {
  const { connection, groupId, topics, log } = options;
  const keys = Object.keys(topics) as T[];
  const workers = new Map<number, W>();
  /** What is read of each partition now, as the reader was told. */
  const reading = new Map<number, ReadonlySet<T>>();
  let generation = 0;
  let reader: GroupReader | undefined;

  async function take(partitions: readonly number[], of: number): Promise<void> {
    const names = keys.map((key) => topics[key]);
    const startOf = await readStartOffsets(connection.admin, groupId, names);
    if (of !== generation) return;
    for (const partition of partitions) {
      const starts = Object.fromEntries(keys.map((key) => [key, startOf(topics[key], partition)]));
      workers.set(partition, options.createWorker(partition, starts as Record<T, StartOffsets>));
    }
  }

  /** Tries until the partitions could be taken up, or went to other members. */
  function retake(partitions: readonly number[], of: number): void {
    take(partitions, of).catch((error: unknown) => {
      log.warn("partitions cannot be taken up yet", { about: groupId, error: String(error) });
      setTimeout(() => {
        if (of === generation) retake(partitions, of);
      }, RETAKE_MS).unref();
    });
  }

  /** Reads of a partition what its worker wants now. */
  function steer(partition: number, worker: W): void {
    const now = reading.get(partition) ?? new Set();
    const wanted = worker.reads;
    for (const key of keys) {
      if (now.has(key) === wanted.has(key)) continue;
      if (wanted.has(key)) reader?.resume(topics[key], partition, worker.nextOf(key));
      else reader?.pause(topics[key], partition);
    }
    reading.set(partition, wanted);
  }

  function commit(partition: number, worker: W): void {
    const done = worker.checkpoint();
    if (done === undefined) return;
    const metadata = String(Math.floor(done.atMs));
    const offsets = keys.flatMap((key) => {
      const offset = done.next[key];
      return offset === undefined ? [] : [{ topic: topics[key], partition, offset, metadata }];
    });
    // A restart then reads more than it would have to; nothing is lost.
    void reader?.commit(offsets).catch((error: unknown) => {
      log.warn("offsets could not be committed", { about: groupId, error: String(error) });
    });
  }

  reader = await createGroupReader({
    connection,
    groupId,
    topics: keys.map((key) => topics[key]),
    log,
    listener: {
      onAssigned(partitions, isSame) {
        generation++;
        for (const partition of [...workers.keys()]) {
          if (!isSame || !partitions.includes(partition)) workers.delete(partition);
        }
        // Where to go on is for the worker to say: the group knows only what was committed.
        reading.clear();
        const added = partitions.filter((partition) => !workers.has(partition));
        if (added.length > 0) retake(added, generation);
      },
      onRecords(name, partition, records, isCaughtUp) {
        const key = keys.find((one) => topics[one] === name);
        if (key !== undefined) workers.get(partition)?.take(key, records, isCaughtUp);
      },
    },
  });
  return {
    workers,
    tick() {
      for (const [partition, worker] of workers) {
        worker.tick(reader?.fetchedMs ?? Number.NEGATIVE_INFINITY);
        steer(partition, worker);
        commit(partition, worker);
      }
    },
    shutdown: async () => reader?.shutdown(),
  };
}

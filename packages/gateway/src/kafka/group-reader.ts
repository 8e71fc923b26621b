import type { Consumer, EachBatchPayload, PartitionAssigner } from "kafkajs";
import type { Log } from "../log.ts";
import { assignPartitions } from "./assign-partitions.ts";
import type { KafkaConnection } from "./connect-kafka.ts";

/** A record as it was read. */
export interface LogRecord {
  readonly offset: number;
  /** When it was written, ms since 1970. */
  readonly atMs: number;
  readonly key: string | undefined;
  readonly value: Uint8Array | undefined;
}

/** Reads the topics of a role, partition by partition. */
export interface GroupReader {
  /** Goes on with the next record of `offset`, where given. */
  resume(topic: string, partition: number, offset?: number): void;
  pause(topic: string, partition: number): void;
  commit(
    offsets: readonly { topic: string; partition: number; offset: number; metadata: string }[],
  ): Promise<void>;
  /** Everything that was in the topics then has been handed over, ms since 1970. */
  readonly fetchedMs: number;
  shutdown(): Promise<void>;
}

/** Is told what a member of a group reads. Nothing is read of its partitions until they are resumed. */
interface GroupListener {
  /** Partitions of this member from now on; `isSame`: nobody can have had those it keeps in the meantime. */
  onAssigned(partitions: readonly number[], isSame: boolean): void;
  /** Must not wait for anything. */
  onRecords(
    topic: string,
    partition: number,
    records: readonly LogRecord[],
    isCaughtUp: boolean,
  ): void;
}

/** What a reader needs to know. */
export interface GroupReaderOptions {
  readonly connection: KafkaConnection;
  readonly groupId: string;
  /** Of equal partition counts: partition k of all goes to one member. */
  readonly topics: readonly string[];
  readonly listener: GroupListener;
  readonly log: Log;
}

const MAX_WAIT_MS = 100;
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 1000;
const MAX_BYTES_PER_PARTITION = 1_048_576;

/** Joins the group; resolves once the first partitions are known. */
export async function createGroupReader(options: GroupReaderOptions): Promise<GroupReader> {
  const { connection, groupId, topics, listener, log } = options;
  let partitions: readonly number[] = [];
  let memberId = "";
  const consumer: Consumer = connection.kafka.consumer({
    groupId,
    partitionAssigners: [coPartitioned(topics, () => partitions, connection.assignerProtocol)],
    sessionTimeout: SESSION_MS,
    heartbeatInterval: HEARTBEAT_MS,
    maxWaitTimeInMs: MAX_WAIT_MS,
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    allowAutoTopicCreation: false,
    retry: { restartOnFailure: async () => true },
  });
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    const outcome = restart ? "joining again" : "nothing is read any more: restart the process";
    log.error(`the consumer failed, ${outcome}`, { about: groupId, error: error.message });
  });
  const fetches = watchFetches(consumer);
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      const isSame = payload.memberId === memberId;
      memberId = payload.memberId;
      partitions = [...(payload.memberAssignment[topics[0] ?? ""] ?? [])].map(Number);
      if (partitions.length > 0) {
        consumer.pause(topics.map((topic) => ({ topic, partitions: [...partitions] })));
      }
      fetches.restart();
      log.info("partitions assigned", { about: groupId, partitions: partitions.join(",") });
      listener.onAssigned(partitions, isSame);
      resolve();
    });
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 1,
    eachBatch: async (payload) => handOver(payload, listener),
  });
  await joined;
  return {
    resume(topic, partition, offset) {
      if (offset !== undefined) consumer.seek({ topic, partition, offset: String(offset) });
      consumer.resume([{ topic, partitions: [partition] }]);
    },
    pause: (topic, partition) => consumer.pause([{ topic, partitions: [partition] }]),
    commit: (offsets) =>
      consumer.commitOffsets(offsets.map((one) => ({ ...one, offset: String(one.offset) }))),
    get fetchedMs() {
      return fetches.doneMs();
    },
    shutdown: () => consumer.disconnect(),
  };
}

async function handOver(
  { batch, isStale }: EachBatchPayload,
  listener: GroupListener,
): Promise<void> {
  if (isStale()) return;
  const records = batch.messages.map(
    ({ offset, timestamp, key, value }): LogRecord => ({
      offset: Number(offset),
      atMs: Number(timestamp),
      key: key?.toString(),
      value: value ?? undefined,
    }),
  );
  const last = records.at(-1)?.offset ?? -1;
  const isCaughtUp = last + 1 >= Number(batch.highWatermark);
  listener.onRecords(batch.topic, batch.partition, records, isCaughtUp);
}

/** Partition k of all topics to one member, as few moved as can be. */
function coPartitioned(
  topics: readonly string[],
  owned: () => readonly number[],
  { MemberMetadata, MemberAssignment }: KafkaConnection["assignerProtocol"],
): PartitionAssigner {
  return ({ cluster }) => ({
    name: "wattspan",
    version: 1,
    protocol: ({ topics: subscribed }) => ({
      name: "wattspan",
      metadata: MemberMetadata.encode({
        version: 0,
        topics: subscribed,
        userData: Buffer.from(JSON.stringify(owned())),
      }),
    }),
    async assign({ members }) {
      const count = cluster.findTopicPartitionMetadata(topics[0] ?? "").length;
      const asked = members.map(({ memberId, memberMetadata }) => ({
        id: memberId,
        owned: ownedOf(MemberMetadata.decode(memberMetadata)?.userData),
      }));
      return [...assignPartitions(count, asked)].map(([memberId, mine]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: 0,
          assignment: Object.fromEntries(topics.map((topic) => [topic, [...mine]])),
          userData: Buffer.alloc(0),
        }),
      }));
    },
  });
}

/** What a member says it has worked on; nothing where another assignor speaks. */
function ownedOf(userData: Buffer | undefined): readonly number[] {
  if (userData === undefined || userData.length === 0) return [];
  return JSON.parse(userData.toString()) as readonly number[];
}

/** When the fetch before the last of each broker began: all that it brought has been handed over. */
function watchFetches(consumer: Consumer): { doneMs(): number; restart(): void } {
  const begun = new Map<number, number>();
  const done = new Map<number, number>();
  consumer.on(consumer.events.FETCH, ({ payload: { nodeId, duration } }) => {
    const before = begun.get(nodeId);
    if (before !== undefined) done.set(nodeId, before);
    begun.set(nodeId, Date.now() - duration);
  });
  return {
    doneMs: () => (done.size === 0 ? Number.NEGATIVE_INFINITY : Math.min(...done.values())),
    restart() {
      begun.clear();
      done.clear();
    },
  };
}

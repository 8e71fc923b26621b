import { setTimeout as sleep } from "node:timers/promises";
import type { Admin } from "kafkajs";
import type { KafkaOptions, KafkaTopics } from "./kafka-options.ts";

/** Partitions of the two families of topics; those of a family have the same number. */
export interface PartitionCounts {
  /** Of `spans`, `energies` and `journal`. */
  readonly spans: number;
  /** Of `phases` and `readings`. */
  readonly devices: number;
}

const ATTEMPTS = 40;
const PAUSE_MS = 250;
const FAMILIES = {
  spans: ["spans", "energies", "journal"],
  devices: ["phases", "readings"],
} as const;

/**
 * Creates topics that are missing, with as many partitions as the others of their family, and counts. Throws, with
 * everything that is wrong, where topics of a family differ: partition k of all of them is one member's.
 */
export async function checkTopics(
  admin: Admin,
  { topics, newTopics }: KafkaOptions,
): Promise<PartitionCounts> {
  await createMissing(admin, topics, newTopics);
  const counts = await countPartitions(admin, Object.values(topics));
  const problems = Object.values(FAMILIES).flatMap(([first, ...others]) => {
    const wanted = counts.get(topics[first]);
    return others.flatMap((name) => {
      const found = counts.get(topics[name]);
      if (found === wanted) return [];
      return [
        `kafka.topics.${name}: ${topics[name]} has ${found} partitions, ${topics[first]} has ${wanted}: give both the same number`,
      ];
    });
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return {
    spans: counts.get(topics.spans) ?? 0,
    devices: counts.get(topics.phases) ?? 0,
  };
}

async function createMissing(
  admin: Admin,
  topics: KafkaTopics,
  { partitions, copies }: KafkaOptions["newTopics"],
): Promise<void> {
  const present = new Set(await admin.listTopics());
  const known = [...present].filter((name) => Object.values(topics).includes(name));
  const counts = await countPartitions(admin, known);
  for (const family of Object.values(FAMILIES)) {
    const first = family
      .map((name) => counts.get(topics[name]))
      .find((count) => count !== undefined);
    const missing = family.filter((name) => !present.has(topics[name]));
    if (missing.length === 0) continue;
    // False where another process was quicker.
    await admin.createTopics({
      // Counting waits for them; the client gives up where a broker has not heard of a topic yet.
      waitForLeaders: false,
      topics: missing.map((name) => ({
        topic: topics[name],
        numPartitions: first ?? partitions,
        replicationFactor: copies === 0 ? -1 : copies,
        ...(name === "journal"
          ? { configEntries: [{ name: "cleanup.policy", value: "compact" }] }
          : {}),
      })),
    });
  }
}

function isNews(type: unknown): boolean {
  return type === "UNKNOWN_TOPIC_OR_PARTITION" || type === "LEADER_NOT_AVAILABLE";
}

async function countPartitions(
  admin: Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (topics.length === 0) return new Map();
  for (let attempt = 1; ; attempt++) {
    try {
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [...topics] });
      return new Map(found.map(({ name, partitions }) => [name, partitions.length]));
    } catch (error) {
      // A broker may not have heard of a topic that was created a moment ago.
      if (!isNews((error as { type?: unknown }).type) || attempt === ATTEMPTS) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

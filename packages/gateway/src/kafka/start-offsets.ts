import type { Admin } from "kafkajs";

/** Where a partition of a topic begins and ends now, and where its group goes on. */
export interface StartOffsets {
  /** First offset that is still there. */
  readonly low: number;
  /** Offset of the next record. */
  readonly high: number;
  /** Where reading goes on: as committed, else at the beginning. */
  readonly from: number;
  /** What was written beside the committed offset. */
  readonly metadata: string;
}

/** Reads the offsets of all partitions of `topics`; gives them by topic and partition. */
export async function readStartOffsets(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<(topic: string, partition: number) => StartOffsets> {
  const committed = await admin.fetchOffsets({ groupId, topics: [...topics] });
  const entries = topics.map(
    async (topic) => [topic, await admin.fetchTopicOffsets(topic)] as const,
  );
  const bounds = new Map(await Promise.all(entries));
  return (topic, partition) => {
    const found = bounds.get(topic)?.find((one) => one.partition === partition);
    const low = Number(found?.low ?? 0);
    const known = committed
      .find((one) => one.topic === topic)
      ?.partitions.find((one) => one.partition === partition);
    const offset = Number(known?.offset ?? -1);
    const isKnown = offset >= low;
    const metadata = isKnown ? (known?.metadata ?? "") : "";
    return { low, high: Number(found?.high ?? 0), from: isKnown ? offset : low, metadata };
  };
}

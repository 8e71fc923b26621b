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

/** Reads the offsets of partition `partition` of each of `topics`, by topic. */
export async function readStartOffsets(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
  partition: number,
): Promise<ReadonlyMap<string, StartOffsets>> {
  const committed = await admin.fetchOffsets({ groupId, topics: [...topics] });
  const entries = topics.map(async (topic): Promise<readonly [string, StartOffsets]> => {
    const all = await admin.fetchTopicOffsets(topic);
    const bounds = all.find((one) => one.partition === partition);
    const low = Number(bounds?.low ?? 0);
    const known = committed
      .find((one) => one.topic === topic)
      ?.partitions.find((one) => one.partition === partition);
    const offset = Number(known?.offset ?? -1);
    const isKnown = offset >= low;
    const metadata = isKnown ? (known?.metadata ?? "") : "";
    return [
      topic,
      { low, high: Number(bounds?.high ?? 0), from: isKnown ? offset : low, metadata },
    ];
  });
  return new Map(await Promise.all(entries));
}

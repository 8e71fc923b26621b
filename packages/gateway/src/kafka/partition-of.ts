/**
 * Partition of a key, as Sarama's default partitioner puts it, which the Collector's Kafka exporter uses: FNV-1a over
 * its bytes, as a signed 32-bit number without its sign. So spans that come through a Collector and through our own
 * receivers meet, though nothing but speed depends on it: every record of ours names its partition.
 */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return Math.abs((hash | 0) % partitions);
}

import type { KafkaOptions, KafkaTls } from "@wattspan/gateway";
import type { FileConfig } from "./config.ts";

/** How the gateway meets others over Kafka, with the opened `tls`; undefined where it works alone. */
export function resolveKafka(
  { kafka }: Pick<FileConfig, "kafka">,
  tls?: KafkaTls,
): KafkaOptions | undefined {
  const { brokers, roles, group, topics, partitions, copies, sasl } = kafka;
  if (brokers.length === 0) return undefined;
  const { mechanism, username, password } = sasl;
  return {
    brokers,
    roles: new Set(roles),
    group,
    topics,
    newTopics: { partitions, copies },
    ...(tls === undefined ? {} : { tls }),
    ...(mechanism === "none" ? {} : { sasl: { mechanism, username, password } }),
  };
}

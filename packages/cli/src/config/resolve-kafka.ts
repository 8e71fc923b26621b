import { readFileSync } from "node:fs";
import type { KafkaOptions } from "@wattspan/gateway";
import type { FileConfig } from "./config.ts";

/** How the gateway meets others over Kafka; undefined where it works alone. Throws where a PEM file cannot be read. */
export function resolveKafka({ kafka }: Pick<FileConfig, "kafka">): KafkaOptions | undefined {
  const { brokers, roles, group, topics, partitions, copies, tls, sasl } = kafka;
  if (brokers.length === 0) return undefined;
  const read = (path: string): string => readFileSync(path, "utf8");
  const { mechanism, username, password } = sasl;
  return {
    brokers,
    roles: new Set(roles),
    group,
    topics,
    newTopics: { partitions, copies },
    ...(tls.enabled
      ? {
          tls: {
            ...(tls.caFile === "" ? {} : { ca: read(tls.caFile) }),
            ...(tls.certFile === "" ? {} : { cert: read(tls.certFile) }),
            ...(tls.keyFile === "" ? {} : { key: read(tls.keyFile) }),
          },
        }
      : {}),
    ...(mechanism === "none" ? {} : { sasl: { mechanism, username, password } }),
  };
}

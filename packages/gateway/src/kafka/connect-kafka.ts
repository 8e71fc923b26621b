import type { Admin, AssignerProtocol, Kafka, logLevel, Producer, SASLOptions } from "kafkajs";
import type { Log } from "../log.ts";
import { tlsOptionsOf } from "../send/tls-options.ts";
import type { KafkaOptions } from "./kafka-options.ts";

/** Connections to a cluster. */
export interface KafkaConnection {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly producer: Producer;
  readonly assignerProtocol: typeof AssignerProtocol;
  shutdown(): Promise<void>;
}

const CLIENT_ID = "wattspan";
const MAX_RETRY_MS = 5000;

/** Connects; the client is loaded here, so that a gateway without Kafka never does. Throws where no broker answers. */
export async function connectKafka(options: KafkaOptions, log: Log): Promise<KafkaConnection> {
  const { default: kafkajs } = await import("kafkajs");
  const kafka = new kafkajs.Kafka({
    clientId: CLIENT_ID,
    brokers: [...options.brokers],
    ...(options.tls === undefined ? {} : { ssl: tlsOptionsOf(options.tls) }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl as SASLOptions }),
    retry: { maxRetryTime: MAX_RETRY_MS, retries: 8 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => say(log, kafkajs.logLevel, entry),
  });
  const admin = kafka.admin();
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  try {
    await admin.connect();
    await producer.connect();
  } catch (error) {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
    const brokers = options.brokers.join(", ");
    throw new Error(`kafka.brokers: none of ${brokers} answers: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return {
    kafka,
    admin,
    producer,
    assignerProtocol: kafkajs.AssignerProtocol,
    async shutdown() {
      await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
    },
  };
}

/** What the client logs as an error it tries again: nothing is lost by it. */
function say(
  log: Log,
  levels: typeof logLevel,
  { level, log: entry }: { level: logLevel; log: { message: string; error?: unknown } },
): void {
  if (level > levels.WARN) return;
  const error = entry.error === undefined ? {} : { error: String(entry.error) };
  log.warn(entry.message, { about: "kafka", ...error });
}

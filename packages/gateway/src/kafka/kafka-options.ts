import type { ClientTls } from "../send/tls-options.ts";

/** Work that a process does; one may do several. */
export type KafkaRole = "receive" | "trace" | "device";

/** Topics by what they hold. */
export interface KafkaTopics {
  /** OTLP traces, keyed by trace id: what the Collector's exporter writes as `otlp_proto`. */
  readonly spans: string;
  readonly phases: string;
  readonly readings: string;
  readonly energies: string;
  /** What was said of traces; compacted. */
  readonly journal: string;
}

/** How roles on many machines meet. */
export interface KafkaOptions {
  /** `host:port` of at least one broker. */
  readonly brokers: readonly string[];
  readonly roles: ReadonlySet<KafkaRole>;
  readonly topics: KafkaTopics;
  /** Consumer groups are called `<group>-trace` and `<group>-device`. */
  readonly group: string;
  /** Partitions and copies of topics that are not there yet; 0 copies: the broker's default. */
  readonly newTopics: { readonly partitions: number; readonly copies: number };
  /** An empty object trusts the system's authorities. */
  readonly tls?: ClientTls;
  readonly sasl?: {
    readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
    readonly username: string;
    readonly password: string;
  };
}

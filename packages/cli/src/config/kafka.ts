import { z } from "zod";

const roles = ["receive", "trace", "device"] as const;

/** How work is shared with other processes. */
export interface KafkaConfig {
  /** None: all of it is done in this process. */
  readonly brokers: readonly string[];
  readonly roles: readonly (typeof roles)[number][];
  readonly group: string;
  readonly topics: {
    readonly spans: string;
    readonly phases: string;
    readonly readings: string;
    readonly energies: string;
    readonly journal: string;
  };
  /** Of topics that are created. */
  readonly partitions: number;
  /** Of topics that are created; 0: the broker's default. */
  readonly copies: number;
  readonly tls: {
    readonly enabled: boolean;
    /** Paths of PEM files; empty: none. */
    readonly caFile: string;
    readonly certFile: string;
    readonly keyFile: string;
  };
  readonly sasl: {
    readonly mechanism: "none" | "plain" | "scram-sha-256" | "scram-sha-512";
    readonly username: string;
    readonly password: string;
  };
}

const topic = z.string().regex(/^[\w.-]{1,249}$/, {
  error: ({ input }) => `not a topic's name (letters, digits, . _ -): ${JSON.stringify(input)}`,
});

/** Section `kafka`. */
export const kafkaConfig: z.ZodType<KafkaConfig> = z
  .strictObject({
    brokers: z.array(z.string().regex(/^[^\s/]+:\d+$/, "must be host:port")).default([]),
    roles: z
      .array(z.enum(roles))
      .min(1)
      .default([...roles]),
    group: topic.default("wattspan"),
    topics: z
      .strictObject({
        spans: topic.default("otlp_spans"),
        phases: topic.default("wattspan_phases"),
        readings: topic.default("wattspan_readings"),
        energies: topic.default("wattspan_energies"),
        journal: topic.default("wattspan_journal"),
      })
      .prefault({}),
    partitions: z.int().min(1).max(4096).default(12),
    copies: z.int().min(0).default(0),
    tls: z
      .strictObject({
        enabled: z.boolean().default(false),
        ca_file: z.string().default(""),
        cert_file: z.string().default(""),
        key_file: z.string().default(""),
      })
      .prefault({}),
    sasl: z
      .strictObject({
        mechanism: z.enum(["none", "plain", "scram-sha-256", "scram-sha-512"]).default("none"),
        username: z.string().default(""),
        password: z.string().default(""),
      })
      .prefault({}),
  })
  .prefault({})
  .transform(({ tls: { enabled, ca_file, cert_file, key_file }, ...rest }) => ({
    ...rest,
    tls: { enabled, caFile: ca_file, certFile: cert_file, keyFile: key_file },
  }));

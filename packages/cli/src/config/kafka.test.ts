import { describe, expect, it } from "vitest";
import { kafkaProblems } from "./check-kafka.ts";
import { fileConfig } from "./config.ts";
import { formatProblem } from "./problem.ts";
import { resolveKafka } from "./resolve-kafka.ts";

const problems = (kafka: object) =>
  kafkaProblems(fileConfig.parse({ kafka: { brokers: ["k:9092"], ...kafka } })).map(formatProblem);

describe("kafka", () => {
  it("is off without brokers, and then nothing of it is wrong", () => {
    const config = fileConfig.parse({ kafka: { tls: { ca_file: "/nowhere" } } });
    expect(resolveKafka(config)).toBeUndefined();
    expect(kafkaProblems(config)).toEqual([]);
  });

  it("does every role, on the Collector's own topic, where nothing else is said", () => {
    const options = resolveKafka(fileConfig.parse({ kafka: { brokers: ["k:9092"] } }));
    expect(options).toMatchObject({
      brokers: ["k:9092"],
      roles: new Set(["receive", "trace", "device"]),
      topics: { spans: "otlp_spans" },
      newTopics: { partitions: 12, copies: 0 },
    });
    expect(options).not.toHaveProperty("tls");
    expect(options).not.toHaveProperty("sasl");
    expect(problems({})).toEqual([]);
  });

  it("says everything that is wrong at once", () => {
    expect(
      problems({
        topics: { phases: "x", readings: "x" },
        tls: { enabled: true, ca_file: "/nowhere/ca.pem", cert_file: "/nowhere/c.pem" },
        sasl: { mechanism: "scram-sha-512", username: "u" },
      }),
    ).toEqual([
      "kafka.topics.readings: is kafka.topics.phases too",
      "kafka.tls.ca_file: there is no file /nowhere/ca.pem",
      "kafka.tls.cert_file: there is no file /nowhere/c.pem",
      "kafka.tls: cert_file and key_file go together: give both or none",
      "kafka.sasl.password: is missing",
    ]);
    expect(problems({ sasl: { mechanism: "plain", username: "u", password: "p" } })).toEqual([
      "kafka.sasl.mechanism: plain without tls shows the password to the network",
    ]);
    expect(problems({ tls: { ca_file: "/nowhere" }, sasl: { username: "u" } })).toEqual([
      "kafka.tls.ca_file: is not used: set tls.enabled: true",
      "kafka.sasl.mechanism: is missing: there is a username",
    ]);
  });

  it("does not take what has no meaning over roles yet", () => {
    const config = {
      kafka: { brokers: ["k:9092"] },
      engines: [{ endpoint: "http://e:8000/metrics" }],
      receivers: { otlp: {}, "otlp/own": { trusted: true } },
      spool: { directory: "/spool" },
    };
    expect(kafkaProblems(fileConfig.parse(config)).map(formatProblem)).toEqual([
      "engines: do not go together with kafka yet: leave them out, or run one gateway without it",
      'receivers["otlp/own"].trusted: is not as receivers.otlp.trusted: with kafka all receivers are trusted alike',
      "spool: is not used with kafka, which keeps what came: leave it out",
    ]);
    expect(kafkaProblems(fileConfig.parse({ ...config, kafka: {} }))).toEqual([]);
  });

  it.each([{ brokers: ["http://k:9092"] }, { topics: { spans: "a b" } }, { roles: [] }])(
    "is not read from %j",
    (kafka) => {
      expect(fileConfig.safeParse({ kafka }).success).toBe(false);
    },
  );
});

import { existsSync } from "node:fs";
import type { FileConfig } from "./config.ts";
import { formatPath, type Problem } from "./problem.ts";

/** What keeps the roles from meeting, where there are brokers. */
export function kafkaProblems({
  kafka,
  engines,
  receivers,
  spool,
}: Pick<FileConfig, "kafka" | "engines" | "receivers" | "spool">): readonly Problem[] {
  if (kafka.brokers.length === 0) return [];
  const problems = [...topicProblems(kafka), ...tlsProblems(kafka), ...saslProblems(kafka)].map(
    ([key, message]) => ({ path: `kafka.${key}`, message }),
  );
  return [
    ...problems,
    ...engineProblems(engines),
    ...trustProblems(receivers),
    ...spoolProblems(spool),
  ];
}

function spoolProblems(spool: FileConfig["spool"]): readonly Problem[] {
  if (spool === undefined) return [];
  return [
    { path: "spool", message: "is not used with kafka, which keeps what came: leave it out" },
  ];
}

/** Counts would have to reach every member that places work on their devices. */
function engineProblems(engines: FileConfig["engines"]): readonly Problem[] {
  if (engines.length === 0) return [];
  const message =
    "do not go together with kafka yet: leave them out, or run one gateway without it";
  return [{ path: "engines", message }];
}

/** Spans are cut by the role that reads them, which does not know where they came in. */
function trustProblems({ otlp }: FileConfig["receivers"]): readonly Problem[] {
  const [first, ...others] = otlp;
  return others
    .filter(({ isTrusted }) => isTrusted !== first?.isTrusted)
    .map(({ name }) => ({
      path: formatPath(["receivers", name, "trusted"]),
      message: `is not as receivers.${first?.name}.trusted: with kafka all receivers are trusted alike`,
    }));
}

type Found = readonly (readonly [key: string, message: string])[];
type Kafka = FileConfig["kafka"];

function topicProblems({ topics }: Kafka): Found {
  const owners = new Map<string, string>();
  return Object.entries(topics).flatMap(([key, name]) => {
    const owner = owners.get(name);
    owners.set(name, owner ?? key);
    return owner === undefined ? [] : [[`topics.${key}`, `is kafka.topics.${owner} too`] as const];
  });
}

function tlsProblems({ tls }: Kafka): Found {
  const files = [
    ["ca_file", tls.caFile],
    ["cert_file", tls.certFile],
    ["key_file", tls.keyFile],
  ] as const;
  const given = files.filter(([, path]) => path !== "");
  if (!tls.enabled) {
    return given.map(([key]) => [`tls.${key}`, "is not used: set tls.enabled: true"] as const);
  }
  const missing = given
    .filter(([, path]) => !existsSync(path))
    .map(([key, path]) => [`tls.${key}`, `there is no file ${path}`] as const);
  const isHalf = (tls.certFile === "") !== (tls.keyFile === "");
  return isHalf
    ? [...missing, ["tls", "cert_file and key_file go together: give both or none"] as const]
    : missing;
}

function saslProblems({ sasl, tls }: Kafka): Found {
  if (sasl.mechanism === "none") {
    return sasl.username === "" ? [] : [["sasl.mechanism", "is missing: there is a username"]];
  }
  return [
    ...(sasl.username === "" ? [["sasl.username", "is missing"] as const] : []),
    ...(sasl.password === "" ? [["sasl.password", "is missing"] as const] : []),
    ...(sasl.mechanism === "plain" && !tls.enabled
      ? [["sasl.mechanism", "plain without tls shows the password to the network"] as const]
      : []),
  ];
}

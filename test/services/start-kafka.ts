import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { startReady } from "./start-process.ts";

/** A running broker. */
export interface Kafka {
  /** `host:port`. */
  readonly broker: string;
  shutdown(): Promise<void>;
}

/** Starts one broker, its own controller (KRaft), on free loopback ports; what it writes lies in `scratch`. */
export async function startKafka(jars: string, scratch: string): Promise<Kafka> {
  const [port, controllerPort] = [await freePort(), await freePort()];
  const folder = join(scratch, "kafka");
  const settings = join(folder, "server.properties");
  mkdirSync(folder, { recursive: true });
  writeFileSync(settings, properties(port, controllerPort, join(folder, "logs")));
  const java = [
    "-Xmx512m",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-cp",
    join(jars, "*"),
  ];
  const clusterId = "d2F0dHNwYW4tY2x1c3Rlcg";
  execFileSync(
    "java",
    [...java, "kafka.tools.StorageTool", "format", "-t", clusterId, "-c", settings],
    {
      stdio: "pipe",
    },
  );
  const service = await startReady(
    {
      command: "java",
      args: [...java, "kafka.Kafka", settings],
      env: {},
      logPath: join(scratch, "kafka.log"),
    },
    () => answers(port),
  );
  return { broker: `127.0.0.1:${port}`, shutdown: service.shutdown };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function properties(port: number, controllerPort: number, logs: string): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${logs}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
`;
}

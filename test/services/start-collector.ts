import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { startReady } from "./start-process.ts";

/** A running Collector that takes OTLP. */
export interface Collector {
  /** Base address for OTLP/HTTP. */
  readonly endpoint: string;
  shutdown(): Promise<void>;
}

/** Starts a Collector whose Kafka exporter feeds the topic `spans`, each trace under its id as key. */
export async function startCollector(
  path: string,
  { broker, topic, scratch }: { broker: string; topic: string; scratch: string },
): Promise<Collector> {
  const port = await freePort();
  const config = join(scratch, "collector.yaml");
  writeFileSync(config, collectorConfig(port, broker, topic));
  const endpoint = `http://127.0.0.1:${port}`;
  const service = await startReady(
    {
      command: path,
      args: ["--config", config],
      env: {},
      logPath: join(scratch, "collector.log"),
    },
    async () => (await fetch(endpoint)).status > 0,
  );
  return { endpoint, shutdown: service.shutdown };
}

function collectorConfig(port: number, broker: string, topic: string): string {
  return `receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${port}" } } } }
processors: { batch: { timeout: 100ms } }
exporters:
  kafka:
    brokers: ["${broker}"]
    partition_traces_by_id: true
    traces: { topic: ${topic}, encoding: otlp_proto }
service:
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  pipelines:
    traces: { receivers: [otlp], processors: [batch], exporters: [kafka] }
`;
}

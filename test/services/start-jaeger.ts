import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { startReady } from "./start-process.ts";

/** A running Jaeger with traces in memory. */
export interface Jaeger {
  readonly queryUrl: string;
  readonly tracesEndpoint: string;
  shutdown(): Promise<void>;
}

/** Starts the binary on free loopback ports; its configuration and log lie in `scratch`. */
export async function startJaeger(path: string, scratch: string): Promise<Jaeger> {
  const [queryPort, otlpPort, grpcPort] = [await freePort(), await freePort(), await freePort()];
  const config = join(scratch, "jaeger.yaml");
  writeFileSync(config, jaegerConfig(queryPort, otlpPort, grpcPort));
  const queryUrl = `http://127.0.0.1:${queryPort}`;
  const service = await startReady(
    {
      command: path,
      args: ["--config", config],
      env: { OTEL_TRACES_SAMPLER: "always_off" },
      logPath: join(scratch, "jaeger.log"),
    },
    async () => (await fetch(`${queryUrl}/api/services`)).ok,
  );
  return {
    queryUrl,
    tracesEndpoint: `http://127.0.0.1:${otlpPort}/v1/traces`,
    shutdown: service.shutdown,
  };
}

function jaegerConfig(queryPort: number, otlpPort: number, grpcPort: number): string {
  return `service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: { receivers: [otlp], processors: [], exporters: [jaeger_storage_exporter] }
  telemetry: { metrics: { level: none }, logs: { level: warn } }
extensions:
  jaeger_storage: { backends: { memory: { memory: { max_traces: 100000 } } } }
  jaeger_query:
    storage: { traces: memory }
    http: { endpoint: "127.0.0.1:${queryPort}" }
    grpc: { endpoint: "127.0.0.1:${grpcPort}" }
receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${otlpPort}" } } } }
exporters: { jaeger_storage_exporter: { trace_storage: memory } }
`;
}

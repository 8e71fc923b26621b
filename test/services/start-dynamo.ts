import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { sendChat } from "./chat.ts";
import { freePort } from "./free-port.ts";
import { type ServiceProcess, startProcess, waitUntil } from "./start-process.ts";
import { writeModel } from "./write-model.ts";

/**
 * How the workers share a request: prefill then decode, decode dispatched while prefill runs, one worker for both, or
 * Dynamo's sample engine, which marks `engine.generate`.
 */
export type DynamoMode = "disagg" | "bootstrap" | "agg" | "sample";

/** Where Dynamo runs and whom it tells. */
export interface DynamoOptions {
  readonly python: string;
  readonly mode: DynamoMode;
  /** URL of an OTLP/gRPC receiver. */
  readonly otlpEndpoint: string;
  /** Folder for the model, the discovery files and the logs. */
  readonly scratch: string;
}

/** A running frontend with its workers. */
export interface Dynamo {
  readonly baseUrl: string;
  /** The model's name in requests. */
  readonly model: string;
  shutdown(): Promise<void>;
}

interface Worker {
  readonly service: string;
  readonly args: readonly string[];
}

/** Starts a frontend and the mode's workers on free loopback ports, and waits until every worker takes part in answers. */
export async function startDynamo(options: DynamoOptions): Promise<Dynamo> {
  const { mode, scratch } = options;
  // The sample engine has no other name for its model than the folder's path: all use that.
  const model = join(scratch, "model");
  writeModel(model);
  const port = await freePort();
  const workers = workersOf(mode, model, await freePort());
  // The sample engine publishes no cache events, which the cache-aware router needs.
  const router = mode === "sample" ? "round-robin" : "kv";
  const frontend: Worker = {
    service: "dynamo-frontend",
    args: `-m dynamo.frontend --http-host 127.0.0.1 --http-port ${port} --router-mode ${router}`.split(
      " ",
    ),
  };
  const processes = [frontend, ...workers].map((worker) => startPart(worker, options));
  const shutdown = async (): Promise<void> => {
    await Promise.all(processes.map((each) => each.shutdown()));
  };
  const baseUrl = `http://127.0.0.1:${port}`;
  try {
    await waitUntil(
      async () => {
        const { workerIds } = await sendChat(baseUrl, {
          model,
          text: "ready?",
          maxTokens: 2,
        });
        return new Set(workerIds).size === workers.length;
      },
      { processes, timeoutMs: 90_000 },
    );
  } catch (error) {
    await shutdown();
    throw error;
  }
  return { baseUrl, model, shutdown };
}

function workersOf(mode: DynamoMode, model: string, bootstrapPort: number): readonly Worker[] {
  const mocker = ["-m", "dynamo.mocker", "--model-path", model, "--model-name", model];
  if (mode === "agg") return [{ service: "dynamo-worker-agg", args: mocker }];
  const args = (role: "prefill" | "decode"): string[] => {
    const component = role === "prefill" ? "prefill" : "backend";
    const sample = `-m dynamo.common.backend.sample_main --namespace dynamo --component ${component} --delay 0.02 --disable-kv-routing --discovery-backend file`;
    const engine = mode === "sample" ? [...sample.split(" "), "--model-name", model] : mocker;
    const hasBootstrap = mode === "bootstrap" && role === "prefill";
    const bootstrap = hasBootstrap ? ["--bootstrap-ports", String(bootstrapPort)] : [];
    return [...engine, "--disaggregation-mode", role, ...bootstrap];
  };
  return [
    { service: "dynamo-worker-prefill", args: args("prefill") },
    { service: "dynamo-worker-decode", args: args("decode") },
  ];
}

function startPart({ service, args }: Worker, options: DynamoOptions): ServiceProcess {
  const { python, otlpEndpoint, scratch } = options;
  const discovery = join(scratch, "discovery");
  mkdirSync(discovery, { recursive: true });
  return startProcess({
    command: python,
    args,
    logPath: join(scratch, `${service}.log`),
    env: {
      HF_HUB_OFFLINE: "1",
      TOKIO_WORKER_THREADS: "2",
      DYN_RUNTIME_NUM_WORKER_THREADS: "2",
      DYN_DISCOVERY_BACKEND: "file",
      DYN_FILE_KV: discovery,
      DYN_REQUEST_PLANE: "tcp",
      // Its sockets listen on all interfaces, whatever the host below says: Dynamo 1.6.1 has that built in.
      DYN_EVENT_PLANE: "zmq",
      DYN_TCP_RPC_HOST: "127.0.0.1",
      DYN_TCP_RESPONSE_STREAM_HOST: "127.0.0.1",
      DYN_EVENT_PLANE_HOST: "127.0.0.1",
      DYN_LIFECYCLE_TRACE_ENABLED: "1",
      // The name a pod would have.
      HOSTNAME: `${service}-pod`,
      OTEL_SERVICE_NAME: service,
      OTEL_EXPORT_ENABLED: "true",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: otlpEndpoint,
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: otlpEndpoint,
      OTEL_BSP_SCHEDULE_DELAY: "500",
    },
  });
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../services/free-port.ts";
import { type ProcessOptions, startReady } from "../../services/start-process.ts";
import { nodeName } from "./payload.ts";

/** A process between sender and backend. */
export interface Subject {
  readonly pid: number;
  /** Base URL for OTLP/HTTP. */
  readonly url: string;
  /** Base URL of its own pages; absent where it has none. */
  readonly adminUrl?: string;
  /** From the start of the process until it says that it is ready. */
  readonly startMs: number;
  shutdown(): Promise<void>;
}

/** Where a subject sends to, and where its files may lie. */
export interface SubjectOptions {
  readonly backendUrl: string;
  readonly scratch: string;
  readonly isGzip: boolean;
}

const root = new URL("../../../../", import.meta.url);
const main = fileURLToPath(new URL("packages/cli/dist/main.js", root));
const proxy = fileURLToPath(new URL("forward-proxy.js", import.meta.url));

/** For the gateway's process, such as `--cpu-prof --cpu-prof-dir=/tmp`. */
const nodeArguments = (process.env["BENCH_NODE_ARGUMENTS"] ?? "").split(" ").filter(Boolean);

/** Machines for each phase, of one device each. */
export const NODES = 64;

/** Node's HTTP in and out, with nothing between. */
export async function startProxy({ backendUrl, scratch }: SubjectOptions): Promise<Subject> {
  const port = await freePort();
  return started(
    {
      command: process.execPath,
      args: [proxy, String(port), backendUrl],
      env: {},
      logPath: join(scratch, "proxy.log"),
    },
    `http://127.0.0.1:${port}`,
    { readyUrl: `http://127.0.0.1:${port}/v1/logs` },
  );
}

/** The gateway as people run it; `more` are lines of YAML that go over ours, such as a spool. */
export async function startGatewayProcess(
  { backendUrl, scratch, isGzip }: SubjectOptions,
  more = "",
): Promise<Subject> {
  const [port, admin] = [await freePort(), await freePort()];
  const nodes = (["prefill", "decode"] as const).flatMap((phase) =>
    Array.from({ length: NODES }, (_, index) => ({
      name: nodeName(phase, index),
      zone: phase === "prefill" ? "FR" : "PL",
      pue: 1.2,
      devices: [{ id: `GPU-${phase}-${index}`, model: "H100-SXM" }],
    })),
  );
  const compression = isGzip ? "gzip" : "none";
  const config = {
    receivers: {
      otlp: { protocols: { grpc: { enabled: false }, http: { endpoint: `127.0.0.1:${port}` } } },
    },
    exporters: { sink: { endpoint: backendUrl, compression } },
    nodes,
    join: { linger: "2s", export_delay: "1s", hold: "60s" },
    admin: { endpoint: `127.0.0.1:${admin}` },
  };
  const file = join(scratch, `gateway-${port}.yaml`);
  writeFileSync(file, JSON.stringify(config));
  const overlay = join(scratch, `gateway-${port}-more.yaml`);
  writeFileSync(overlay, more);
  const adminUrl = `http://127.0.0.1:${admin}`;
  return started(
    {
      command: process.execPath,
      args: [...nodeArguments, main, "gateway", "--config", file, "--config", overlay],
      env: {},
      logPath: join(scratch, `gateway-${port}.log`),
    },
    `http://127.0.0.1:${port}`,
    { readyUrl: `${adminUrl}/readyz`, adminUrl },
  );
}

/** The Collector with five attributes added to each span by `transform`; `hasStorage`: with its queue on disk. */
export async function startCollectorProcess(
  binary: string,
  { backendUrl, scratch, isGzip }: SubjectOptions,
  hasStorage = false,
): Promise<Subject> {
  const [port, health] = [await freePort(), await freePort()];
  const file = join(scratch, `collector-${port}.yaml`);
  writeFileSync(
    file,
    `extensions:
  health_check: { endpoint: "127.0.0.1:${health}" }
${hasStorage ? `  file_storage: { directory: "${join(scratch, `storage-${port}`)}", create_directory: true }\n` : ""}receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${port}" } } } }
processors:
  transform:
    trace_statements:
      - context: span
        statements:
          - set(attributes["footprint.energy.total"], 123.5)
          - set(attributes["footprint.energy.accelerator"], 100.25)
          - set(attributes["footprint.carbon.total"], 0.012)
          - set(attributes["footprint.measurement.status"], "measured")
          - set(attributes["footprint.device.count"], 2)
exporters:
  otlp_http:
    endpoint: ${backendUrl}
    compression: ${isGzip ? "gzip" : "none"}
${hasStorage ? "    sending_queue: { storage: file_storage }\n" : ""}service:
  extensions: [health_check${hasStorage ? ", file_storage" : ""}]
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  pipelines:
    traces: { receivers: [otlp], processors: [transform], exporters: [otlp_http] }
`,
  );
  return started(
    {
      command: binary,
      args: ["--config", file],
      env: {},
      logPath: join(scratch, `collector-${port}.log`),
    },
    `http://127.0.0.1:${port}`,
    { readyUrl: `http://127.0.0.1:${health}` },
  );
}

async function started(
  options: ProcessOptions,
  url: string,
  { readyUrl, adminUrl }: { readonly readyUrl: string; readonly adminUrl?: string },
): Promise<Subject> {
  const startedMs = performance.now();
  const { pid, shutdown } = await startReady(
    options,
    async () => {
      await fetch(readyUrl, { signal: AbortSignal.timeout(1000) });
      return true;
    },
    5,
  );
  return {
    pid,
    url,
    ...(adminUrl === undefined ? {} : { adminUrl }),
    startMs: performance.now() - startedMs,
    shutdown,
  };
}

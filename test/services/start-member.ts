import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Summary } from "@wattspan/gateway";
import { freePort } from "./free-port.ts";
import { startReady } from "./start-process.ts";

/** A gateway of several, in a process of its own. */
export interface Member {
  /** Base address for OTLP/HTTP. */
  readonly endpoint: string;
  /** What it knows of devices and requests. */
  ledger(): Promise<Summary>;
  metrics(): Promise<string>;
  /** As SIGKILL does. */
  kill(): Promise<void>;
  shutdown(): Promise<void>;
}

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

/** Starts `wattspan gateway` from what was built, with this configuration beside its own addresses, and waits for it. */
export async function startMember(
  name: string,
  scratch: string,
  config: object,
  httpPort?: number,
): Promise<Member> {
  const [port, adminPort] = [httpPort ?? (await freePort()), await freePort()];
  const file = join(scratch, `${name}.yaml`);
  const receivers = {
    otlp: {
      protocols: { grpc: { enabled: false }, http: { endpoint: `127.0.0.1:${port}` } },
    },
  };
  // YAML is a superset of JSON.
  writeFileSync(
    file,
    JSON.stringify({ ...config, receivers, admin: { endpoint: `127.0.0.1:${adminPort}` } }),
  );
  const admin = `http://127.0.0.1:${adminPort}`;
  const service = await startReady(
    {
      command: process.execPath,
      args: [main, "gateway", "--config", file],
      env: {},
      logPath: join(scratch, `${name}.log`),
    },
    async () => (await fetch(`${admin}/readyz`)).ok,
  );
  const read = async (path: string): Promise<Response> => {
    service.check();
    return fetch(`${admin}${path}`);
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    ledger: async () => (await (await read("/api/ledger")).json()) as Summary,
    metrics: async () => (await read("/metrics")).text(),
    kill: service.kill,
    shutdown: service.shutdown,
  };
}

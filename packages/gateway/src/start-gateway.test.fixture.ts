import { type Gateway, type GatewayOptions, startGateway } from "./gateway.ts";
import { createLog } from "./log.ts";
import { oneDevice } from "./pipeline.test.fixture.ts";
import { stopAll } from "./send/start-backend.test.fixture.ts";

const loopback = { host: "127.0.0.1", port: 0 };
const running: Gateway[] = [];

/** A gateway on free loopback ports, and all that it said. */
export interface Started {
  readonly gateway: Gateway;
  readonly lines: string[];
  readonly get: (path: string) => Promise<Response>;
  readonly metrics: () => Promise<string>;
  readonly post: (signal: string, body: Uint8Array | string) => Promise<Response>;
}

/** Starts a gateway for one device, which sends nowhere unless told to. */
export async function startOneDevice(options: Partial<GatewayOptions> = {}): Promise<Started> {
  const lines: string[] = [];
  const gateway = await startGateway({
    pipeline: oneDevice,
    http: loopback,
    admin: loopback,
    exporters: new Map(),
    log: createLog({ write: (line) => lines.push(line), intervalMs: 0 }),
    ...options,
  });
  running.push(gateway);
  const urlOf = (of: "http" | "admin"): string => `http://127.0.0.1:${gateway.addresses[of]?.port}`;
  const get = (path: string): Promise<Response> => fetch(urlOf("admin") + path);
  return {
    gateway,
    lines,
    get,
    metrics: async () => (await get("/metrics")).text(),
    post: (signal, body) =>
      fetch(`${urlOf("http")}/v1/${signal}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      }),
  };
}

/** Stops every gateway started, then the backends. */
export async function stopGateways(): Promise<void> {
  await Promise.all(running.splice(0).map((gateway) => gateway.shutdown()));
  await stopAll();
}

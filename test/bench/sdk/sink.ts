import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

const ROLE = "sink";

/** A backend in a process of its own, whose CPU is not the worker's: it reads every request and accepts it. */
export interface Sink {
  readonly url: string;
  /** Bytes taken in. */
  stop(): Promise<number>;
}

/** Starts a backend for traces over OTLP/HTTP on a free loopback port. */
export async function startSink(): Promise<Sink> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), [ROLE]);
  const [port] = await once(child, "message");
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    async stop() {
      child.send("stop");
      const [bytes] = await once(child, "message");
      child.disconnect();
      await once(child, "exit");
      return bytes as number;
    },
  };
}

function serve(): void {
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on("end", () => {
      response.setHeader("content-type", "application/json");
      response.end("{}");
    });
  });
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.on("message", () => process.send?.(bytes));
  process.on("disconnect", () => process.exit());
}

if (process.argv[2] === ROLE) serve();

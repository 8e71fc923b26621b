import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  attributesOf,
  createTraceScanner,
  type Encoding,
  nameOf,
  spanIdOf,
  traceIdOf,
} from "@wattspan/otlp";

/** A span as a backend got it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly attributes: ReadonlyMap<string, unknown>;
}

/** A backend that keeps what it is sent. */
export interface Sink {
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  shutdown(): Promise<void>;
}

/** Starts a backend for OTLP/HTTP without compression on a free loopback port. */
export async function startSink(): Promise<Sink> {
  const spans: ReceivedSpan[] = [];
  const scanner = createTraceScanner({ names: [], keys: [] });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const encoding: Encoding =
        request.headers["content-type"] === "application/json" ? "json" : "protobuf";
      if (request.url === "/v1/traces") {
        const table = scanner.scan(Buffer.concat(chunks), encoding);
        for (let i = 0; i < table.count; i++) {
          spans.push({
            traceId: traceIdOf(table, i),
            spanId: spanIdOf(table, i),
            name: nameOf(table, i),
            attributes: attributesOf(table, i),
          });
        }
      }
      response.writeHead(200, { "content-type": request.headers["content-type"] });
      response.end(encoding === "json" ? "{}" : "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    shutdown() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

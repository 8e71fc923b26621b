import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { countSpans } from "./count-spans.ts";

/** A backend that takes everything and counts spans. */
export interface Sink {
  readonly url: string;
  readonly port: number;
  /** Spans taken, ours not counted. */
  spans(): number;
  /** Bodies of traces as they come, decompressed. */
  onBody: ((body: Buffer) => void) | undefined;
  shutdown(): void;
}

/** Starts the backend on a free port of this machine. */
export async function startSink(): Promise<Sink> {
  let spans = 0;
  const sink: { onBody: Sink["onBody"] } = { onBody: undefined };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
      if (request.url !== "/v1/traces") return;
      const raw = Buffer.concat(chunks);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
      spans += countSpans(body);
      sink.onBody?.(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(sink, {
    url: `http://127.0.0.1:${port}`,
    port,
    spans: () => spans,
    shutdown: () => void server.close().closeAllConnections(),
  });
}

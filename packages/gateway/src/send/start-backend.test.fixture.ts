import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { createLog } from "../log.ts";
import { createTelemetry, type Telemetry } from "../telemetry.ts";
import { createOtlpHttpExporter, type OtlpHttpExporter } from "./otlp-http.ts";

/** A request as the backend saw it, decompressed. */
interface BackendRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
}

/** Answers the request with this number, counted from 0. */
export type Answer = (response: ServerResponse, number: number) => void;

/** A real HTTP server on a free port that stands for an OTLP backend. */
export interface Backend {
  readonly url: string;
  readonly port: number;
  readonly requests: BackendRequest[];
  /** Most requests that were open at a time. */
  mostOpen(): number;
  stop(): Promise<void>;
}

const closing: (() => Promise<unknown>)[] = [];

/** Answers every request with a status, a body and headers. */
export function withStatus(
  httpStatus: number,
  body: string | Uint8Array = "",
  headers: Record<string, string> = {},
): Answer {
  return (response) => void response.writeHead(httpStatus, headers).end(body);
}

/** Answers the first requests as listed, and all others with 200. */
export function inTurn(...answers: readonly Answer[]): Answer {
  return (response, number) => (answers[number] ?? withStatus(200))(response, number);
}

/** Starts a backend. */
export async function startBackend(
  answer: Answer = withStatus(200),
  port: number = 0,
): Promise<Backend> {
  const requests: BackendRequest[] = [];
  let open = 0;
  let mostOpen = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    response.on("close", () => {
      open -= 1;
    });
    try {
      const raw = await buffer(request);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
      const { url: path = "", headers } = request;
      requests.push({ path, headers, body: body.toString(), atMs: performance.now() });
      answer(response, requests.length - 1);
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  closing.push(stop);
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    requests,
    mostOpen: () => mostOpen,
    stop,
  };
}

/** An exporter, and all that it counted and said. */
export interface StartedExporter {
  readonly exporter: OtlpHttpExporter;
  readonly telemetry: Telemetry;
  readonly lines: string[];
}

/** Starts an exporter with short delays. */
export function startExporter(
  options: Partial<Parameters<typeof createOtlpHttpExporter>[0]>,
): StartedExporter {
  const telemetry = createTelemetry();
  const lines: string[] = [];
  const exporter = createOtlpHttpExporter({
    name: "tempo",
    timeoutMs: 2000,
    telemetry,
    log: createLog({ write: (line) => lines.push(line) }),
    ...options,
    retry: { initialDelayMs: 10, maxDelayMs: 20, maxElapsedMs: 3000, ...options.retry },
  });
  closing.push(() => exporter.shutdown(0));
  return { exporter, telemetry, lines };
}

/** Stops everything started. */
export async function stopAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

/** The series of our own metrics that have a value above zero, without the prefix. */
export async function countedSeries(telemetry: Telemetry): Promise<string[]> {
  const page = await telemetry.render();
  return page
    .split("\n")
    .filter((line) => line.startsWith("wattspan_") && !line.endsWith(" 0"))
    .map((line) => line.slice("wattspan_".length));
}

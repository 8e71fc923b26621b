import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import {
  attributesOf,
  createTraceScanner,
  type Encoding,
  nameOf,
  parentSpanIdOf,
  spanIdOf,
  traceIdOf,
} from "@wattspan/otlp";

/** A span as a backend has it. */
interface StoredSpan {
  readonly name: string;
  readonly parentId: string;
  readonly attributes: ReadonlyMap<string, unknown>;
  /** Hashes of the requests it came in. */
  readonly requests: Set<string>;
}

/** How a backend answers: a status and perhaps a body; undefined: it keeps silent. */
export type Answer = (
  number: number,
) => { status: number; body?: string; headers?: object } | undefined;

/** A backend that keeps every span by its ids. */
export interface RecordingBackend {
  readonly url: string;
  /** By trace and span id. */
  readonly spans: ReadonlyMap<string, StoredSpan>;
  /** Requests of traces that were taken, and those of them that had come before. */
  readonly counts: { taken: number; repeated: number; tried: number };
  answer: Answer;
  delayMs: () => number;
  stop(): Promise<void>;
}

const TAKEN: Answer = () => ({ status: 200 });

/** Starts a backend on a free port, or on a given one. */
export async function startRecordingBackend(port: number = 0): Promise<RecordingBackend> {
  const spans = new Map<string, StoredSpan>();
  const hashes = new Set<string>();
  const counts = { taken: 0, repeated: 0, tried: 0 };
  const scanner = createTraceScanner({ names: [], keys: [] });

  function store(body: Buffer, encoding: Encoding): void {
    const hash = createHash("sha256").update(body).digest("base64");
    counts.taken++;
    if (hashes.has(hash)) counts.repeated++;
    hashes.add(hash);
    const table = scanner.scan(body, encoding);
    for (let i = 0; i < table.count; i++) {
      const key = `${traceIdOf(table, i)} ${spanIdOf(table, i)}`;
      const known = spans.get(key);
      if (known !== undefined) known.requests.add(hash);
      else {
        spans.set(key, {
          name: nameOf(table, i),
          parentId: `${traceIdOf(table, i)} ${parentSpanIdOf(table, i)}`,
          attributes: attributesOf(table, i),
          requests: new Set([hash]),
        });
      }
    }
  }

  const server = createServer(async (request, response) => {
    try {
      const raw = await buffer(request);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
      await new Promise((resolve) => setTimeout(resolve, backend.delayMs()));
      const answer = backend.answer(counts.tried++);
      if (answer === undefined) return;
      const isTaken = answer.status >= 200 && answer.status < 300;
      const encoding = request.headers["content-type"]?.includes("json") ? "json" : "protobuf";
      if (isTaken && request.url === "/v1/traces") store(body, encoding);
      response.writeHead(answer.status, { ...answer.headers }).end(answer.body ?? "");
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const backend: RecordingBackend = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    counts,
    answer: TAKEN,
    delayMs: () => 0,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return backend;
}

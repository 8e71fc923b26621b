import { credentials, status } from "@grpc/grpc-js";
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import {
  type Accept,
  createGrpcReceiver,
  createHttpReceiver,
  createLog,
  createTelemetry,
  type Verdict,
} from "@wattspan/gateway";
import { createTraceScanner, nameOf } from "@wattspan/otlp";
import { afterEach, describe, expect, it } from "vitest";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Starts both receivers before a pipeline that answers in turn, then with success. */
async function startReceivers(...verdicts: readonly Verdict[]): Promise<{
  http: string;
  grpc: string;
  bodies: { encoding: "protobuf" | "json"; body: Uint8Array }[];
}> {
  const bodies: { encoding: "protobuf" | "json"; body: Uint8Array }[] = [];
  const accept: Accept = (_signal, encoding, body) => {
    bodies.push({ encoding, body });
    return verdicts[bodies.length - 1] ?? { status: "accepted", rejected: 0 };
  };
  const options = {
    endpoint: { host: "127.0.0.1", port: 0 },
    accept,
    telemetry: createTelemetry(),
    log: createLog({ write: () => {} }),
  };
  const http = await createHttpReceiver(options);
  const grpc = await createGrpcReceiver({ ...options, telemetry: createTelemetry() });
  closing.push(
    () => http.shutdown(0),
    () => grpc.shutdown(0),
  );
  return {
    http: `http://127.0.0.1:${http.address.port}/v1/traces`,
    grpc: `http://127.0.0.1:${grpc.address.port}`,
    bodies,
  };
}

const kinds = [
  "http/json",
  "http/json gzip",
  "http/protobuf",
  "http/protobuf gzip",
  "grpc",
  "grpc gzip",
] as const;

function exporterOf(
  kind: (typeof kinds)[number],
  urls: { http: string; grpc: string },
): SpanExporter {
  const compression = (kind.endsWith("gzip") ? "gzip" : "none") as never;
  const timeoutMillis = 5000;
  const exporter = kind.startsWith("grpc")
    ? new GrpcExporter({
        url: urls.grpc,
        credentials: credentials.createInsecure(),
        compression,
        timeoutMillis,
      })
    : kind.startsWith("http/json")
      ? new JsonExporter({ url: urls.http, compression, timeoutMillis })
      : new ProtoExporter({ url: urls.http, compression, timeoutMillis });
  closing.push(() => exporter.shutdown());
  return exporter;
}

/** Real ended spans of the SDK. */
function makeSpans(count: number): ReadableSpan[] {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] });
  const tracer = provider.getTracer("worker", "1.0");
  for (let i = 0; i < count; i += 1)
    tracer.startSpan(`decode ${i}`, { attributes: { "gen_ai.usage.output_tokens": i } }).end();
  return memory.getFinishedSpans();
}

function exportSpans(exporter: SpanExporter, spans: ReadableSpan[]): Promise<ExportResult> {
  return new Promise((resolve) => exporter.export(spans, resolve));
}

describe.each(kinds)("the OpenTelemetry exporter for %s", (kind) => {
  it("delivers spans", async () => {
    const urls = await startReceivers();
    const result = await exportSpans(exporterOf(kind, urls), makeSpans(100));
    expect(result).toMatchObject({ code: ExportResultCode.SUCCESS });
    expect(urls.bodies).toHaveLength(1);
    const scanner = createTraceScanner({ names: [], keys: [] });
    for (const { body, encoding } of urls.bodies) {
      expect(encoding).toBe(kind.startsWith("http/json") ? "json" : "protobuf");
      const table = scanner.scan(body, encoding);
      const names = Array.from({ length: table.count }, (_, i) => nameOf(table, i));
      expect(names).toEqual(Array.from({ length: 100 }, (_, i) => `decode ${i}`));
    }
  });

  it("does not come again with a body that is malformed", async () => {
    const urls = await startReceivers({
      status: "refused",
      reason: "malformed",
      message: "at byte 7",
    });
    const result = await exportSpans(exporterOf(kind, urls), makeSpans(1));
    expect(result.code).toBe(ExportResultCode.FAILED);
    expect(urls.bodies).toHaveLength(1);
  });

  it("takes a partial success for success", async () => {
    const urls = await startReceivers({ status: "accepted", rejected: 1, message: "bad id" });
    const result = await exportSpans(exporterOf(kind, urls), makeSpans(2));
    expect(result).toMatchObject({ code: ExportResultCode.SUCCESS });
    expect(urls.bodies).toHaveLength(1);
  });
});

const busy: Verdict = { status: "refused", reason: "busy", message: "full", retryAfterSeconds: 1 };

it.each(["http/json", "http/protobuf gzip"] as const)(
  "the OpenTelemetry exporter for %s comes again after the time a busy gateway named",
  async (kind) => {
    const urls = await startReceivers(busy);
    const startedMs = performance.now();
    const result = await exportSpans(exporterOf(kind, urls), makeSpans(1));
    expect(result).toMatchObject({ code: ExportResultCode.SUCCESS });
    expect(urls.bodies).toHaveLength(2);
    expect(performance.now() - startedMs).toBeGreaterThan(950);
  },
);

// This exporter leaves retries to its caller; the status tells it that one is worth it.
it("the OpenTelemetry exporter for grpc sees that a busy gateway is unavailable", async () => {
  const urls = await startReceivers(busy);
  const result = await exportSpans(exporterOf("grpc", urls), makeSpans(1));
  expect(result).toMatchObject({
    code: ExportResultCode.FAILED,
    error: { code: status.UNAVAILABLE },
  });
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { instantOf } from "@wattspan/footprint";
import {
  createHttpReceiver,
  createLog,
  createPipeline,
  createTelemetry,
  type PhaseSummary,
  type Summary,
} from "@wattspan/gateway";
import { createTracedFetch, startInference } from "@wattspan/instrumentation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enginePipeline } from "../engine-pipeline.ts";

const DEVICE = "node-agg/GPU-a0";
const WATTS = 300;
const options = {
  ...enginePipeline({ lingerMs: 10_000, holdMs: 300_000, exportDelayMs: 5000 }),
  workers: ["worker", "client"].map((service) => ({
    match: new Map([["service.name", service]]),
    node: "node-agg",
  })),
};

/** A process's SDK: its spans go out through the real exporter, and are kept to compare with. */
function startSdk(service: string, url: string) {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": service }),
    spanProcessors: [
      new SimpleSpanProcessor(memory),
      new BatchSpanProcessor(new OTLPTraceExporter({ url })),
    ],
  });
  return { memory, provider };
}

/** A worker behind HTTP that generates six tokens, and says what it did. */
function startWorker(provider: BasicTracerProvider) {
  const server = createServer(async (request, response) => {
    const inference = startInference({
      model: "some-model",
      context: propagation.extract(ROOT_CONTEXT, request.headers),
      tracerProvider: provider,
    });
    inference.prefill({ inputTokens: 120, cachedTokens: 20 });
    response.writeHead(200, { "content-type": "text/event-stream" });
    await sleep(30);
    inference.firstToken();
    for (let token = 0; token < 5; token++) {
      response.write(`data: {"choices":[{"delta":{"content":"t${token} "}}]}\n\n`);
      await sleep(8);
      inference.token();
    }
    const usage = { prompt_tokens: 120, completion_tokens: 6 };
    response.end(`data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`);
    inference.end({ finishReason: "length" });
  });
  return new Promise<typeof server>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

describe("spans of the instrumentation, exported and replayed", () => {
  const bodies = new Map<string, Uint8Array[]>();
  let spans: Readonly<Record<"worker" | "client", readonly ReadableSpan[]>>;

  beforeAll(async () => {
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    const receivers = await Promise.all(
      ["worker", "client"].map((service) =>
        createHttpReceiver({
          endpoint: { host: "127.0.0.1", port: 0 },
          accept: (_signal, _encoding, body) => {
            bodies.set(service, [...(bodies.get(service) ?? []), body.slice()]);
            return { status: "accepted", rejected: 0 };
          },
          telemetry: createTelemetry(),
          log: createLog({ write: () => {} }),
        }),
      ),
    );
    const urls = receivers.map(({ address }) => `http://127.0.0.1:${address.port}/v1/traces`);
    const worker = startSdk("worker", urls[0] ?? "");
    const client = startSdk("client", urls[1] ?? "");
    const server = await startWorker(worker.provider);
    const fetch = createTracedFetch({ tracerProvider: client.provider });
    const { port } = server.address() as AddressInfo;
    for (let request = 0; request < 3; request++) {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: "POST",
        body: JSON.stringify({ model: "some-model", stream: true }),
      });
      await answer.text();
    }
    await Promise.all([worker.provider.forceFlush(), client.provider.forceFlush()]);
    spans = {
      worker: worker.memory.getFinishedSpans().slice(),
      client: client.memory.getFinishedSpans().slice(),
    };
    server.close();
    await Promise.all([worker.provider.shutdown(), client.provider.shutdown()]);
    for (const receiver of receivers) await receiver.shutdown(0);
  });
  afterAll(() => propagation.disable());

  const unixNano = ([seconds, nanos]: ReadableSpan["startTime"]): bigint =>
    BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
  const ofPhases = (side: "worker" | "client"): readonly ReadableSpan[] =>
    spans[side].filter(({ attributes }) => "footprint.inference.phase" in attributes);

  /** As the replay command plays it: virtual time, a meter of constant power. */
  function play(...sides: readonly ("worker" | "client")[]): Summary {
    const all = [...spans.worker, ...spans.client];
    const startMs = Math.min(...all.map(({ startTime }) => startTime[0] * 1000)) - 1000;
    const endMs = Math.max(...all.map(({ endTime }) => endTime[0] * 1000)) + 2000;
    const pipeline = createPipeline(
      options,
      () => true,
      () => endMs,
    );
    for (const body of sides.flatMap((side) => bodies.get(side) ?? [])) {
      expect(pipeline.accept("traces", "protobuf", body)).toMatchObject({
        status: "accepted",
        rejected: 0,
      });
    }
    for (let ms = startMs; ms <= endMs; ms += 100) {
      const value = 1000 + ((ms - startMs) / 1000) * WATTS;
      const at = instantOf(BigInt(ms) * 1_000_000n);
      pipeline.addReadings([{ device: DEVICE, kind: "counter", value, at }]);
    }
    pipeline.finish(endMs);
    return pipeline.summary();
  }

  const phasesOf = (summary: Summary): readonly PhaseSummary[] =>
    summary.requests.flatMap(({ phases }) => phases);
  const windowOf = (span: ReadableSpan) => ({
    phase: span.attributes["footprint.inference.phase"],
    spanId: span.spanContext().spanId,
    startUnixNano: String(unixNano(span.startTime)),
    endUnixNano: String(unixNano(span.endTime)),
    processedTokens: span.attributes["footprint.inference.processed_tokens"],
  });
  const byId = <T extends { readonly spanId: string }>(rows: readonly T[]): T[] =>
    [...rows].sort((a, b) => (a.spanId < b.spanId ? -1 : 1));

  it("charges the worker's phases with their windows and tokens, and not the client's", () => {
    expect(ofPhases("worker")).toHaveLength(6);
    expect(ofPhases("client")).toHaveLength(6);
    for (const sides of [["worker", "client"] as const, ["client", "worker"] as const]) {
      const summary = play(...sides);
      expect(byId(phasesOf(summary))).toMatchObject(byId(ofPhases("worker").map(windowOf)));
      for (const phase of phasesOf(summary)) {
        expect(phase.processedTokens).toBe(phase.phase === "prefill" ? 100 : 5);
        expect(phase.energyJoules).toBeGreaterThan(0);
        expect(phase.status).toBe("measured");
      }
      expect(summary.requests).toHaveLength(3);
      const [device] = summary.devices.filter(({ attributedJoules }) => attributedJoules > 0);
      const parts =
        (device?.attributedJoules ?? 0) +
        (device?.idleJoules ?? 0) +
        (device?.unattributedJoules ?? 0);
      expect(parts).toBeCloseTo(device?.meteredJoules ?? Number.NaN, 6);
    }
  });

  it("charges the client's where nobody else tells of the work", () => {
    const phases = phasesOf(play("client"));
    expect(byId(phases)).toMatchObject(byId(ofPhases("client").map(windowOf)));
    expect(phases.filter(({ phase }) => phase === "prefill")).toHaveLength(3);
    for (const { phase, processedTokens } of phases) {
      expect(processedTokens).toBe(phase === "prefill" ? 120 : 5);
    }
  });

  it("is one trace: the worker's span is below the client's", () => {
    const requests = spans.worker.filter(({ name }) => name === "chat some-model");
    const callers = new Set(spans.client.map((span) => span.spanContext().spanId));
    expect(requests.map(({ kind }) => kind)).toEqual([1, 1, 1]);
    for (const { parentSpanContext } of requests) {
      expect(callers.has(parentSpanContext?.spanId ?? "")).toBe(true);
    }
  });
});

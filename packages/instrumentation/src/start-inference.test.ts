import { context, propagation, ROOT_CONTEXT, SpanKind } from "@opentelemetry/api";
import type { SpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startInference } from "./start-inference.ts";
import { startTelemetry } from "./telemetry.test.fixture.ts";

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3));

describe("startInference", () => {
  let telemetry: ReturnType<typeof startTelemetry>;
  beforeEach(() => {
    telemetry = startTelemetry();
  });
  afterEach(() => telemetry.stop());

  it("marks prefill and decode below the request's span", async () => {
    const inference = startInference({ model: "m", devices: ["GPU-a", "GPU-b"] });
    inference.prefill({ inputTokens: 100, cachedTokens: 30 });
    await tick();
    inference.firstToken();
    await tick();
    inference.token().token(2);
    inference.end({ finishReason: "stop" });
    const [prefill, decode, request] = telemetry.spans();
    expect(prefill).toMatchObject({
      name: "prefill m",
      kind: SpanKind.INTERNAL,
      parentId: request?.id,
      attributes: {
        "footprint.inference.phase": "prefill",
        "footprint.inference.processed_tokens": 70,
        "footprint.inference.interval_source": "instrumentation",
        "footprint.device.ids": ["GPU-a", "GPU-b"],
        "footprint.device.count": 2,
        "gen_ai.request.model": "m",
      },
    });
    expect(decode).toMatchObject({
      name: "decode m",
      parentId: request?.id,
      attributes: { "footprint.inference.processed_tokens": 3 },
    });
    expect(decode?.startMs).toBe(prefill?.endMs);
    expect(decode?.endMs).toBeGreaterThan(decode?.startMs ?? Infinity);
    expect(request).toMatchObject({
      name: "chat m",
      kind: SpanKind.INTERNAL,
      isError: false,
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.cache_read.input_tokens": 30,
        "gen_ai.usage.output_tokens": 4,
        "gen_ai.response.finish_reasons": ["stop"],
      },
    });
    expect(Object.keys(prefill?.attributes ?? {}).join()).not.toContain("gen_ai.usage");
  });

  it("says nothing of tokens that nobody told", async () => {
    const inference = startInference();
    inference.prefill().firstToken();
    await tick();
    inference.end();
    for (const { attributes } of telemetry.spans()) {
      expect(attributes).not.toHaveProperty("footprint.inference.processed_tokens");
      expect(attributes).not.toHaveProperty("footprint.device.ids");
      expect(attributes).not.toHaveProperty("gen_ai.usage.output_tokens");
    }
    expect(telemetry.spans().map(({ name }) => name)).toEqual(["prefill", "decode", "chat"]);
  });

  it("does not count tokens where some were not counted", () => {
    const inference = startInference().prefill();
    inference.token(3).output().end();
    expect(telemetry.spans().at(-1)?.attributes).not.toHaveProperty("gen_ai.usage.output_tokens");
  });

  it("calls it mixed where nobody saw the first token", () => {
    startInference({ model: "m" }).prefill({ inputTokens: 10 }).end({ outputTokens: 5 });
    expect(telemetry.phases()).toMatchObject([
      {
        name: "mixed m",
        attributes: {
          "footprint.inference.phase": "mixed",
          "footprint.inference.processed_tokens": 14,
        },
      },
    ]);
  });

  it.each([
    { operation: "embeddings", result: {} },
    { operation: "chat", result: { outputTokens: 1 } },
  ])("is a prefill alone: $operation $result", ({ operation, result }) => {
    startInference({ operation }).prefill({ inputTokens: 10 }).end(result);
    expect(telemetry.phases().map(({ attributes }) => attributes)).toMatchObject([
      { "footprint.inference.phase": "prefill", "footprint.inference.processed_tokens": 10 },
    ]);
  });

  it("ends what is open when it fails, once", async () => {
    const inference = startInference().prefill({ inputTokens: 10 });
    inference.token(1);
    await tick();
    inference.token(2);
    inference.fail(Object.assign(new Error("lost"), { code: "ECONNRESET" }));
    inference.fail(new Error("again"));
    inference.prefill().firstToken().token().end({ outputTokens: 99 });
    expect(telemetry.spans()).toMatchObject([
      { isError: false, attributes: { "footprint.inference.processed_tokens": 10 } },
      { isError: true, attributes: { "footprint.inference.processed_tokens": 2 } },
      { isError: true, attributes: { "error.type": "ECONNRESET" } },
    ]);
  });

  it("marks a prefill that failed, and none before it began", () => {
    startInference().fail(new Error("refused"));
    expect(telemetry.spans().map(({ name }) => name)).toEqual(["chat"]);
    startInference().prefill({ inputTokens: 10 }).fail(new TypeError("out of memory"));
    expect(telemetry.phases()).toMatchObject([
      {
        name: "prefill",
        isError: true,
        attributes: { "footprint.inference.processed_tokens": 10 },
      },
    ]);
    expect(telemetry.spans().at(-1)?.attributes["error.type"]).toBe("TypeError");
  });

  it("takes counts that are none for unknown", () => {
    const inference = startInference().prefill({ inputTokens: -1, cachedTokens: Number.NaN });
    inference.token(1.5).end({ outputTokens: Number.POSITIVE_INFINITY });
    for (const { attributes } of telemetry.phases()) {
      expect(attributes).not.toHaveProperty("footprint.inference.processed_tokens");
    }
  });

  it("is a SERVER below a remote parent, and propagates its own context", () => {
    const remote = propagation.extract(ROOT_CONTEXT, {
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    });
    const inference = context.with(remote, () => startInference());
    const headers: Record<string, string> = {};
    propagation.inject(inference.context, headers);
    inference.end();
    const request = telemetry.spans().at(-1);
    expect(request).toMatchObject({ kind: SpanKind.SERVER, parentId: "b7ad6b7169203331" });
    expect(headers["traceparent"]).toBe(`00-0af7651916cd43dd8448eb211c80319c-${request?.id}-01`);
  });

  it("keeps a client's prefill open until its tokens are known, where it names devices", async () => {
    const inference = startInference({ side: "client", devices: ["GPU-a"] }).prefill();
    await tick();
    inference.output();
    await tick();
    inference.end({ inputTokens: 7, outputTokens: 3 });
    const [prefill, decode, request] = telemetry.spans();
    expect(prefill?.attributes).toMatchObject({
      "footprint.inference.processed_tokens": 7,
      "footprint.inference.interval_source": "client_stream",
    });
    expect(prefill?.endMs).toBe(decode?.startMs);
    expect(request?.kind).toBe(SpanKind.CLIENT);
    expect(request?.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThan(0);
  });
});

describe("startInference in a host that is not ready for it", () => {
  it("does nothing without an SDK", () => {
    const inference = startInference({ model: "m" }).prefill({ inputTokens: 1 });
    expect(inference.isRecording).toBe(false);
    inference.firstToken().token().output().end();
    expect(inference.context).toBe(context.active());
  });

  it.each(["onStart", "onEnd"] as const)("survives a processor that throws in %s", async (when) => {
    const broken: SpanProcessor = {
      onStart: () => {},
      onEnd: () => {},
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
      [when]: () => {
        throw new Error("broken processor");
      },
    };
    const telemetry = startTelemetry(broken);
    const inference = startInference().prefill();
    inference.firstToken().token().output();
    inference.end();
    inference.fail(new Error("late"));
    await telemetry.stop();
  });
});

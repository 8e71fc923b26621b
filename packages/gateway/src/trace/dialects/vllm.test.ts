import { describe, expect, it } from "vitest";
import { deriveTrace } from "./derive-trace.ts";
import type { EngineSpan } from "./dialect.ts";
import { atMs, makeSpan, type SpanDraft } from "./span.test.maker.ts";
import { vllm } from "./vllm.ts";

const llm = (
  id: string,
  attributes: SpanDraft["with"] = {},
  ms: SpanDraft["ms"] = [0, 101],
): EngineSpan =>
  makeSpan({
    id,
    parent: "caller",
    name: "llm_request",
    ms,
    service: "vllm-a",
    with: {
      "gen_ai.request.id": `chatcmpl-${id}`,
      "gen_ai.latency.e2e": 0.1,
      "gen_ai.latency.time_in_queue": 0.000_01,
      "gen_ai.latency.time_in_model_prefill": 0.02,
      "gen_ai.latency.time_in_model_decode": 0.05,
      ...attributes,
    },
  });

describe("vllm", () => {
  it.each([
    ["old", "prompt_tokens", "completion_tokens"],
    ["new", "input_tokens", "output_tokens"],
  ])("counts back from the end, with %s token names", (_, prompt, completion) => {
    const usage = { [`gen_ai.usage.${prompt}`]: 68n, [`gen_ai.usage.${completion}`]: 24n };
    const [request] = vllm.derive([llm("a", usage)]);
    expect(request).toMatchObject({ requestId: "chatcmpl-a", rootSpanId: "a", isOpen: false });
    expect(request?.phases).toMatchObject([
      {
        key: "prefill/vllm-a/0",
        startUnixNano: atMs(30),
        endUnixNano: atMs(50),
        processedTokens: 68,
        parentSpanId: "a",
        includesQueueing: false,
        intervalSource: "vllm_latency",
      },
      {
        key: "decode/vllm-a/0",
        startUnixNano: atMs(50),
        endUnixNano: atMs(100),
        processedTokens: 23,
      },
    ]);
    expect(request?.phases[0]?.spanId).toBeUndefined();
  });

  it("takes cached tokens off and leaves unknown ones out", () => {
    const [request] = vllm.derive([
      llm("a", { "gen_ai.usage.input_tokens": 68n, "gen_ai.usage.cache_read.input_tokens": 64n }),
    ]);
    expect(request?.phases.map(({ processedTokens }) => processedTokens)).toEqual([4, undefined]);
  });

  it("has no decode where one token was made", () => {
    const [request] = vllm.derive([llm("a", { "gen_ai.usage.completion_tokens": 1n })]);
    expect(request?.phases.map(({ phase }) => phase)).toEqual(["prefill"]);
  });

  it("makes no phases of an aborted request", () => {
    expect(vllm.derive([llm("a", { "gen_ai.latency.time_in_model_decode": -1.5 })])).toEqual([]);
  });

  it("keeps sequences of one request apart that ran together", () => {
    const shared = { "gen_ai.request.id": "n2", "gen_ai.usage.completion_tokens": 5n };
    const [request] = vllm.derive([llm("b", shared), llm("a", shared)]);
    expect(request?.rootSpanId).toBe("a");
    expect(request?.phases.map(({ key, parentSpanId }) => [key, parentSpanId])).toEqual([
      ["prefill/vllm-a/0", "a"],
      ["decode/vllm-a/0", "a"],
      ["prefill/vllm-a/1", "b"],
      ["decode/vllm-a/1", "b"],
    ]);
  });

  it("leaves to Dynamo what ran in its worker", () => {
    const worker = makeSpan({
      id: "caller",
      parent: "route",
      name: "handle_payload",
      ms: [0, 200],
      with: { request_id: "r", instance_id: "1" },
    });
    expect(vllm.derive([llm("a"), worker])).toEqual([]);
    const other = makeSpan({
      id: "caller",
      name: "http-request",
      ms: [0, 200],
      with: { url: "/" },
    });
    expect(vllm.derive([llm("a"), other])).toHaveLength(1);
  });

  describe("with spans of phases below", () => {
    const below = (
      name: string,
      ms: SpanDraft["ms"],
      parent = "a",
      resource: SpanDraft["resource"] = {},
    ): EngineSpan =>
      makeSpan({ id: `${name}-${ms[0]}`, parent, name, ms, service: "vllm-a", resource });
    const usage = { "gen_ai.usage.prompt_tokens": 68, "gen_ai.usage.completion_tokens": 24 };
    // Names from vLLM's pull request 44402, read on 24 November 2026; no such span was recorded.
    const spans = [
      llm("a", usage),
      below("vllm_queue", [1, 5]),
      below("vllm_async_kv_transfer", [5, 20]),
      below("vllm_prefill", [20, 42]),
      below("vllm_decode", [42, 99]),
    ];
    const windows = (seen: readonly EngineSpan[]): readonly unknown[] =>
      deriveTrace(seen).requests.flatMap(({ requestId, isOpen, phases }) =>
        phases.map((phase) => [
          requestId,
          isOpen,
          phase.key,
          Number(phase.startUnixNano - atMs(0)) / 1e6,
          Number(phase.endUnixNano - atMs(0)) / 1e6,
          phase.processedTokens,
          phase.intervalSource,
        ]),
      );
    const transfer = "kv_transfer/vllm-a/vllm_async_kv_transfer-5";

    it("takes their windows, the request's tokens, and shows the cache's transfer", () => {
      expect(windows(spans)).toEqual([
        ["chatcmpl-a", false, transfer, 5, 20, undefined, "vllm_span"],
        ["chatcmpl-a", false, "prefill/vllm-a/0", 20, 42, 68, "vllm_span"],
        ["chatcmpl-a", false, "decode/vllm-a/0", 42, 99, 23, "vllm_span"],
      ]);
      expect(windows(spans.toReversed())).toEqual(windows(spans));
      expect(windows(spans.slice(0, 1)).map((row) => (row as unknown[])[2])).toEqual([
        "prefill/vllm-a/0",
        "decode/vllm-a/0",
      ]);
    });

    it("waits for the request's span, which has the tokens", () => {
      const { requests } = deriveTrace(spans.slice(1));
      expect(requests).toMatchObject([{ requestId: "a", isOpen: true, phases: [] }]);
    });

    it("counts what a preemption made it do again once", () => {
      const again = [below("vllm_prefill", [60, 70]), below("vllm_decode", [70, 120])];
      expect(windows([...spans, ...again]).slice(1)).toEqual([
        ["chatcmpl-a", false, "prefill/vllm-a/0", 20, 42, 68, "vllm_span"],
        ["chatcmpl-a", false, "decode/vllm-a/0", 42, 120, 23, "vllm_span"],
      ]);
    });

    it("is all decode in a Dynamo worker that decodes, with the transfer on that worker", () => {
      const route = makeSpan({
        id: "route",
        name: "kv_router.route_request",
        ms: [0, 200],
        with: { request_id: "r", phase: "Decode", worker_id: "1" },
      });
      const worker = makeSpan({
        id: "caller",
        parent: "route",
        name: "handle_payload",
        service: "worker-d",
        ms: [0, 200],
        with: { request_id: "r", instance_id: "1" },
      });
      const { requests } = deriveTrace([...spans, route, worker]);
      expect(requests).toHaveLength(1);
      expect(
        requests[0]?.phases.map(({ key, worker }) => [key, worker.get("service.name")]),
      ).toEqual([
        [transfer, "worker-d"],
        ["decode/1/0", "worker-d"],
      ]);
      expect(requests[0]?.phases[1]).toMatchObject({
        startUnixNano: atMs(20),
        endUnixNano: atMs(99),
      });
    });
  });
});

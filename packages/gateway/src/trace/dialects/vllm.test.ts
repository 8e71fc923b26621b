import { describe, expect, it } from "vitest";
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
});

import { describe, expect, it } from "vitest";
import { deriveTrace } from "./derive-trace.ts";
import type { EngineSpan } from "./dialect.ts";
import { atMs, makeSpan, type SpanDraft } from "./span.test.maker.ts";

// Attributes as in TensorRT-LLM, tensorrt_llm/llmapi/tracing.py (2025/26, pull request 5897). The span's name and what its times
// mean are guessed from vLLM's module, which that one follows. Written by hand; nothing was recorded.
const server = (
  id: string,
  ms: SpanDraft["ms"],
  attributes: SpanDraft["with"] = {},
  parent = "proxy",
): EngineSpan =>
  makeSpan({
    id,
    parent,
    name: "llm_request",
    ms,
    service: `trt-${id}`,
    with: {
      "gen_ai.request.id": id,
      "gen_ai.latency.time_to_first_token": 0.05,
      "gen_ai.latency.e2e": 0.1,
      "gen_ai.latency.time_in_queue": 0.01,
      "gen_ai.usage.prompt_tokens": 68,
      "gen_ai.usage.completion_tokens": 24,
      ...attributes,
    },
  });

const told = (spans: readonly EngineSpan[]): readonly unknown[] =>
  deriveTrace(spans).requests.flatMap(({ phases }) =>
    phases.map((phase) => [
      phase.key,
      Number(phase.startUnixNano - atMs(0)) / 1e6,
      Number(phase.endUnixNano - atMs(0)) / 1e6,
      phase.processedTokens,
      phase.intervalSource,
    ]),
  );
const context = server("ctx", [0, 100], { "gen_ai.usage.completion_tokens": 1 });

describe("tensorrt-llm", () => {
  it("splits at the first token", () => {
    expect(told([server("a", [0, 101])])).toEqual([
      ["prefill/trt-a/0", 10, 50, 68, "trtllm_latency"],
      ["decode/trt-a/0", 50, 100, 23, "trtllm_latency"],
    ]);
    expect(deriveTrace([server("a", [0, 101])]).dialects).toEqual(["tensorrt-llm"]);
  });

  it("prefills once: the server that generates waits for the cache and decodes", () => {
    const transfer = { "gen_ai.latency.kv_cache_transfer_time": 0.03 };
    expect(told([context, server("gen", [200, 300], transfer)])).toEqual([
      ["prefill/trt-ctx/0", 10, 50, 68, "trtllm_latency"],
      ["kv_transfer/trt-gen/0", 210, 240, undefined, "trtllm_latency"],
      ["decode/trt-gen/0", 240, 300, 23, "trtllm_latency"],
    ]);
    expect(told([server("gen", [200, 300]), context])).toEqual([
      ["prefill/trt-ctx/0", 10, 50, 68, "trtllm_latency"],
      ["decode/trt-gen/0", 210, 300, 23, "trtllm_latency"],
    ]);
  });

  it("keeps calls of other callers apart", () => {
    const other = server("b", [200, 300], {}, "other");
    expect(told([context, other]).map((row) => (row as unknown[])[0])).toEqual([
      "prefill/trt-b/0",
      "decode/trt-b/0",
      "prefill/trt-ctx/0",
    ]);
  });

  it("leaves vLLM's spans to vLLM, and Dynamo's to Dynamo", () => {
    const aborted = server("v", [0, 100], { "gen_ai.latency.time_in_model_prefill": -1 });
    expect(deriveTrace([aborted])).toEqual({ requests: [], dialects: [] });
    const worker = makeSpan({
      id: "proxy",
      parent: "route",
      name: "handle_payload",
      ms: [0, 200],
      with: { request_id: "r", instance_id: "1" },
    });
    expect(deriveTrace([server("a", [0, 101]), worker]).dialects).toEqual(["dynamo"]);
  });
});

/** What is said of a span of a hand-made trace; times in ms from its start. */
interface SpanDraft {
  readonly id: string;
  readonly parent?: string;
  readonly name: string;
  readonly ms: readonly [start: number, end: number];
  readonly node: string;
  readonly with?: Readonly<Record<string, string | number>>;
  readonly scope?: string;
}

const START_MS = 1_795_505_700_000;

const latency = (
  e2e: number,
  more: Readonly<Record<string, number>>,
  tokens: readonly [prompt: number, completion: number],
): Readonly<Record<string, number>> => ({
  "gen_ai.latency.e2e": e2e / 1e3,
  ...Object.fromEntries(
    Object.entries(more).map(([key, ms]) => [`gen_ai.latency.${key}`, ms / 1e3]),
  ),
  "gen_ai.usage.prompt_tokens": tokens[0],
  "gen_ai.usage.completion_tokens": tokens[1],
});

const vllm = (
  id: string,
  parent: string,
  node: string,
  fromMs: number,
  made: number,
): SpanDraft => ({
  id,
  parent,
  name: "llm_request",
  node,
  ms: [fromMs, fromMs + 900],
  with: latency(890, { time_in_model_prefill: 300, time_in_model_decode: made === 1 ? 0 : 500 }, [
    500,
    made,
  ]),
});

const sglang = (draft: Omit<SpanDraft, "node" | "scope">): SpanDraft => ({
  ...draft,
  node: "node-agg",
  scope: "sglang server",
});

/** Traces of what was never recorded, as the sources say: llm-d 520af478, vLLM pull request 44402, TensorRT-LLM 5897. */
export const shapes: Readonly<Record<string, readonly SpanDraft[]>> = {
  "llm-d over vLLM": [
    { id: "a1", name: "llm_d.pd_proxy.request", node: "node-decode", ms: [0, 4000] },
    {
      id: "a2",
      parent: "a1",
      name: "llm_d.pd_proxy.prefill",
      node: "node-decode",
      ms: [10, 1100],
      with: { "llm_d.pd_proxy.prefill_target": "10.0.0.7:8000" },
    },
    {
      id: "a3",
      parent: "a2",
      name: "llm_d.pd_proxy.decode",
      node: "node-decode",
      ms: [1200, 3990],
    },
    vllm("a4", "a2", "node-prefill", 100, 1),
    vllm("a5", "a3", "node-decode", 1300, 40),
  ],
  "vLLM's spans of phases": [
    vllm("b1", "", "node-agg", 0, 40),
    { id: "b2", parent: "b1", name: "vllm_async_kv_transfer", node: "node-agg", ms: [20, 80] },
    { id: "b3", parent: "b1", name: "vllm_prefill", node: "node-agg", ms: [80, 390] },
    { id: "b4", parent: "b1", name: "vllm_decode", node: "node-agg", ms: [390, 880] },
  ],
  "SGLang 0.5.21 in a worker of Dynamo 1.6.1": [
    {
      id: "d1",
      name: "http-request",
      node: "node-prefill",
      ms: [0, 2000],
      with: {
        request_id: "r",
        input_tokens: "200",
        output_tokens: "12",
        prefill_worker_id: "7",
        decode_worker_id: "7",
        ttft_ms: "400",
      },
    },
    {
      id: "d2",
      parent: "d1",
      name: "handle_payload",
      node: "node-agg",
      ms: [10, 1990],
      with: { request_id: "r", instance_id: "7" },
    },
    sglang({
      id: "d3",
      parent: "d2",
      name: " Req abcdefgh",
      ms: [20, 1980],
      with: {
        rid: "q",
        "gen_ai.usage.prompt_tokens": 200,
        "gen_ai.usage.completion_tokens": 12,
      },
    }),
    ...[0, 1].flatMap((rank) => [
      sglang({
        id: `e${rank}`,
        parent: "d3",
        name: `Scheduler [TP ${rank}]`,
        ms: [30, 1970],
        with: { thread_label: "Scheduler", tp_rank: String(rank), pp_rank: "0" },
      }),
      sglang({
        id: `f${rank}`,
        parent: `e${rank}`,
        name: "prefill_forward",
        ms: [100 + rank, 380 + rank],
      }),
      sglang({
        id: `a${rank}d`,
        parent: `e${rank}`,
        name: "decode_forward",
        ms: [390 + rank, 1960 + rank],
      }),
    ]),
  ],
  "TensorRT-LLM, two servers": [
    {
      id: "c1",
      parent: "c9",
      name: "llm_request",
      node: "node-prefill",
      ms: [0, 600],
      with: latency(590, { time_to_first_token: 580, time_in_queue: 50 }, [500, 1]),
    },
    {
      id: "c2",
      parent: "c9",
      name: "llm_request",
      node: "node-decode",
      ms: [610, 2000],
      with: latency(
        1380,
        { time_to_first_token: 200, time_in_queue: 20, kv_cache_transfer_time: 90 },
        [500, 40],
      ),
    },
  ],
};

/** A shape as an export request in OTLP/JSON. */
export function bodyOf(spans: readonly SpanDraft[]): Uint8Array {
  const attributesOf = (values: Readonly<Record<string, string | number>>): unknown[] =>
    Object.entries(values).map(([key, value]) => ({
      key,
      value:
        typeof value === "string"
          ? { stringValue: value }
          : key.startsWith("gen_ai.usage")
            ? { intValue: String(value) }
            : { doubleValue: value },
    }));
  const nanosOf = (ms: number): string => `${START_MS + ms}000000`;
  const resourceSpans = spans.map(({ id, parent = "", name, ms, node, ...span }) => ({
    resource: { attributes: attributesOf({ "service.name": node, "k8s.node.name": node }) },
    scopeSpans: [
      {
        scope: { name: span.scope ?? "" },
        spans: [
          {
            traceId: "5".repeat(32),
            spanId: id.padEnd(16, "0"),
            parentSpanId: parent === "" ? "" : parent.padEnd(16, "0"),
            name,
            kind: 1,
            startTimeUnixNano: nanosOf(ms[0]),
            endTimeUnixNano: nanosOf(ms[1]),
            attributes: attributesOf(span.with ?? {}),
          },
        ],
      },
    ],
  }));
  return new TextEncoder().encode(JSON.stringify({ resourceSpans }));
}

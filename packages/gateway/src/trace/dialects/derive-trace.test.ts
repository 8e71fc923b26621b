import { describe, expect, it } from "vitest";
import { deriveTrace } from "./derive-trace.ts";
import type { EngineSpan } from "./dialect.ts";
import { HELD_SPAN_NAMES, MARKER_KEYS, PARENT_KEYS } from "./dialects.ts";
import { makeSpan, type SpanDraft } from "./span.test.maker.ts";

const engine: readonly EngineSpan[] = [
  makeSpan({
    id: "http",
    name: "http-request",
    ms: [0, 1000],
    with: { request_id: "r", prefill_worker_id: "1", decode_worker_id: "2" },
  }),
  makeSpan({
    id: "p",
    parent: "route-p",
    name: "handle_payload",
    service: "worker-p",
    ms: [10, 100],
    with: { request_id: "r", instance_id: "1" },
  }),
  makeSpan({
    id: "d",
    parent: "route-d",
    name: "handle_payload",
    service: "worker-d",
    ms: [110, 900],
    with: { request_id: "r", instance_id: "2" },
  }),
];

const mark = (
  phase: string,
  parts: Partial<SpanDraft> & { readonly id: string; readonly ms: SpanDraft["ms"] },
): EngineSpan =>
  makeSpan({ name: phase, ...parts, with: { "footprint.inference.phase": phase, ...parts.with } });

/** Request, key and span of each phase. */
const charged = (spans: readonly EngineSpan[]): readonly unknown[] =>
  deriveTrace(spans).requests.flatMap(({ requestId, phases }) =>
    phases.map(({ key, spanId }) => [requestId, key, spanId]),
  );

const plain = [
  ["r", "prefill/1/0", undefined],
  ["r", "decode/2/0", undefined],
];

describe("deriveTrace", () => {
  it("reads engine spans alone", () => {
    expect(charged(engine)).toEqual(plain);
  });

  it("charges a worker's own mark instead of the engine's span above it, under the same key", () => {
    const marked = mark("prefill", { id: "m", parent: "p", ms: [20, 90] });
    expect(charged([...engine, marked])).toEqual([["r", "prefill/1/0", "m"], plain[1]]);
    expect(deriveTrace([...engine, marked]).requests[0]?.rootSpanId).toBe("http");
  });

  it("charges it once too where only the service tells that it is the same work", () => {
    const marked = mark("decode", {
      id: "m",
      parent: "unseen",
      service: "worker-d",
      ms: [120, 880],
    });
    expect(charged([...engine, marked])).toEqual([plain[0], ["r", "decode/2/0", "m"]]);
  });

  it("keeps work of another place or time beside it", () => {
    const elsewhere = mark("decode", { id: "m", parent: "x", service: "other", ms: [120, 880] });
    const later = mark("decode", { id: "n", parent: "x", service: "worker-d", ms: [1200, 1300] });
    const spans = charged([...engine, elsewhere, later]);
    expect(spans).toHaveLength(4);
    expect(spans).toEqual(expect.arrayContaining(plain));
  });

  it("replaces both phases by a mixed one, and an engine's mixed one by both", () => {
    const vllmLike = makeSpan({
      id: "v",
      parent: "work",
      name: "llm_request",
      ms: [0, 100],
      with: {
        "gen_ai.latency.e2e": 0.1,
        "gen_ai.latency.time_in_model_prefill": 0.02,
        "gen_ai.latency.time_in_model_decode": 0.05,
      },
    });
    const mixed = mark("mixed", { id: "m", parent: "work", ms: [20, 100] });
    expect(charged([vllmLike])).toHaveLength(2);
    expect(charged([vllmLike, mixed])).toEqual([["v", "mixed/some-service/m", "m"]]);
  });

  it("drops client-side phases where the serving side is seen", () => {
    const source = { "footprint.inference.interval_source": "client_stream" };
    const client = [
      mark("prefill", { id: "cp", parent: "chat", ms: [0, 110], with: source }),
      mark("decode", { id: "cd", parent: "chat", ms: [110, 1000], with: source }),
    ];
    expect(charged([...engine, ...client])).toEqual(plain);
    expect(charged(client)).toEqual([
      ["chat", "prefill/some-service/cp", "cp"],
      ["chat", "decode/some-service/cd", "cd"],
    ]);
  });

  it("drops client-side phases of a request that has marked server-side ones", () => {
    const source = { "footprint.inference.interval_source": "client_stream" };
    const spans = [
      mark("decode", { id: "c", parent: "chat", ms: [0, 10], with: source }),
      mark("decode", { id: "s", parent: "chat", ms: [50, 60] }),
    ];
    expect(charged(spans)).toEqual([["chat", "decode/some-service/s", "s"]]);
  });

  it("drops a client's phases beside shorter ones of the serving side", () => {
    const source = { "footprint.inference.interval_source": "client_stream" };
    const spans = [
      mark("prefill", { id: "cp", parent: "chat", ms: [0, 50], with: source }),
      mark("decode", { id: "cd", parent: "chat", ms: [50, 60], with: source }),
      mark("prefill", { id: "sp", parent: "work", ms: [10, 40] }),
      mark("decode", { id: "sd", parent: "work", ms: [40, 45] }),
    ];
    expect(charged(spans)).toEqual([
      ["work", "prefill/some-service/sp", "sp"],
      ["work", "decode/some-service/sd", "sd"],
    ]);
  });

  it("keeps a client's phases beside those that serve another client", () => {
    const source = { "footprint.inference.interval_source": "client_stream" };
    const spans = [
      mark("decode", { id: "c1", parent: "chat-1", ms: [0, 50], with: source }),
      mark("decode", { id: "c2", parent: "chat-2", ms: [0, 50], with: source }),
      makeSpan({ id: "work", parent: "chat-1", name: "work", ms: [5, 45] }),
      mark("decode", { id: "s1", parent: "work", ms: [10, 40] }),
    ];
    expect(charged(spans)).toEqual([
      ["chat-2", "decode/some-service/c2", "c2"],
      ["work", "decode/some-service/s1", "s1"],
    ]);
  });

  it("never gives a marked llm_request to vLLM too", () => {
    const both = mark("decode", {
      id: "v",
      ms: [0, 100],
      with: {
        "gen_ai.latency.e2e": 0.1,
        "gen_ai.latency.time_in_model_prefill": 0.02,
        "gen_ai.latency.time_in_model_decode": 0.05,
      },
    });
    expect(charged([{ ...both, name: "llm_request" }])).toHaveLength(1);
  });

  it("names each held span and marker once", () => {
    expect(new Set(HELD_SPAN_NAMES).size).toBe(HELD_SPAN_NAMES.length);
    expect(HELD_SPAN_NAMES).toEqual(expect.arrayContaining(["http-request", "llm_request"]));
    expect(PARENT_KEYS).toEqual(["footprint.inference.phase"]);
    expect(MARKER_KEYS.slice(0, PARENT_KEYS.length)).toEqual(PARENT_KEYS);
    expect(new Set(MARKER_KEYS).size).toBe(MARKER_KEYS.length);
  });
});

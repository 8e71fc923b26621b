import { describe, expect, it } from "vitest";
import { deriveTrace } from "./derive-trace.ts";
import type { EngineSpan } from "./dialect.ts";
import { sglang } from "./sglang.ts";
import { atMs, makeSpan, type SpanDraft } from "./span.test.maker.ts";

const make = (draft: SpanDraft): EngineSpan => ({
  ...makeSpan({ service: "sglang", ...draft }),
  scopeName: "sglang server",
});
const root = (draft: Partial<SpanDraft> = {}): EngineSpan =>
  make({
    id: "root",
    name: " Req abcdefgh",
    ms: [0, 500],
    ...draft,
    with: {
      rid: "abcdefghi",
      "gen_ai.usage.prompt_tokens": 200,
      "gen_ai.usage.cached_tokens": 64,
      "gen_ai.usage.completion_tokens": 12,
      ...draft.with,
    },
  });
const thread = (rank: number, parent = "root"): EngineSpan =>
  make({
    id: `tp${rank}`,
    parent,
    name: `Scheduler [TP ${rank}]`,
    ms: [10, 490],
    with: { thread_label: "Scheduler", tp_rank: rank, pp_rank: 0, dp_rank: 3, host_id: "h" },
  });
const stage = (id: string, name: string, rank: number, ms: SpanDraft["ms"]): EngineSpan =>
  make({ id, parent: `tp${rank}`, name, ms });

const phases = (spans: readonly EngineSpan[]): readonly unknown[] =>
  deriveTrace(spans).requests.flatMap((request) =>
    request.phases.map(({ key, parentSpanId, startUnixNano, processedTokens }) => [
      key,
      parentSpanId,
      Number(startUnixNano - atMs(0)) / 1e6,
      processedTokens,
    ]),
  );

describe("sglang", () => {
  const ranked = [
    root(),
    thread(1),
    thread(0),
    stage("f1", "prefill_forward", 1, [20, 81]),
    stage("f0", "prefill_forward", 0, [21, 80]),
    stage("d1", "decode_forward", 1, [90, 401]),
    stage("d0", "decode_forward", 0, [90, 400]),
    stage("w0", "prefill_waiting", 0, [11, 20]),
  ];

  it("counts a request once however many ranks it ran on, computed tokens only", () => {
    expect(phases(ranked)).toEqual([
      ["prefill/sglang/0", "root", 21, 136],
      ["decode/sglang/0", "root", 90, 11],
    ]);
    const [worker] = sglang.derive(ranked).flatMap((one) => one.phases.map((p) => p.worker));
    expect([...(worker ?? [])].sort()).toEqual([
      ["dp_rank", 3],
      ["host_id", "h"],
      ["service.name", "sglang"],
    ]);
  });

  it("does not guess how the tokens of a retracted request fall on its runs", () => {
    const again = stage("f2", "prefill_forward", 0, [200, 250]);
    expect(phases([...ranked, again])).toEqual([
      ["prefill/sglang/0", "root", 21, undefined],
      ["decode/sglang/0", "root", 90, 11],
      ["prefill/sglang/0.2", "root", 200, undefined],
    ]);
  });

  it("waits for the request's span, and charges nothing before", () => {
    for (const seen of [ranked.slice(1), ranked.slice(3, 4)]) {
      const { requests } = deriveTrace(seen);
      expect(requests.length).toBeGreaterThan(0);
      for (const request of requests) expect(request).toMatchObject({ isOpen: true, phases: [] });
    }
    expect(deriveTrace(ranked).requests).toMatchObject([{ requestId: "abcdefghi", isOpen: false }]);
  });

  it("waits for the other server of a room where a caller's context reached both", () => {
    const prefill = (parent: string): EngineSpan =>
      root({ parent, name: "prefill Req abcdefgh", with: { bootstrap_room: "0x1" } });
    const decode = root({
      id: "root2",
      parent: "caller",
      name: "decode Req xyz",
      with: { rid: "xyz", bootstrap_room: "0x1" },
    });
    const isOpen = (spans: readonly EngineSpan[]): unknown[] =>
      sglang.derive(spans).map((request) => [request.isOpen, request.rootSpanId]);
    expect(isOpen([prefill("caller")])).toEqual([[true, "root"]]);
    expect(isOpen([prefill("")])).toEqual([[false, "root"]]);
    expect(isOpen([decode, prefill("caller")])).toEqual([[false, "root2"]]);
  });

  it("leaves spans of the same name to whoever made them", () => {
    const spans = ranked.map((span) => ({ ...span, scopeName: "other" }));
    expect(deriveTrace(spans)).toEqual({ requests: [], dialects: [] });
  });

  it("replaces the window of the Dynamo worker that it runs in, and keeps its key", () => {
    const dynamo = [
      makeSpan({
        id: "http",
        name: "http-request",
        ms: [0, 600],
        with: {
          request_id: "r",
          input_tokens: 200,
          output_tokens: 12,
          prefill_worker_id: "7",
          decode_worker_id: "7",
          ttft_ms: 100,
        },
      }),
      makeSpan({
        id: "payload",
        parent: "http",
        name: "handle_payload",
        service: "worker",
        ms: [5, 550],
        with: { request_id: "r", instance_id: "7" },
      }),
    ];
    expect(phases(dynamo).map((row) => (row as unknown[])[0])).toEqual([
      "prefill/7/0",
      "decode/7/0",
    ]);
    const both = deriveTrace([...ranked.slice(1), root({ parent: "payload" }), ...dynamo]);
    expect(both.dialects).toEqual(["dynamo", "sglang"]);
    expect(both.requests).toHaveLength(1);
    expect(
      both.requests[0]?.phases.map(({ key, parentSpanId, intervalSource, worker }) => [
        key,
        parentSpanId,
        intervalSource,
        worker.get("service.name"),
        worker.get("host_id"),
      ]),
    ).toEqual([
      ["prefill/7/0", "payload", "sglang_stage", "worker", "h"],
      ["decode/7/0", "payload", "sglang_stage", "worker", "h"],
    ]);
  });
});

import { describe, expect, it } from "vitest";
import type { DerivedPhase, EngineSpan } from "./dialect.ts";
import { footprint } from "./footprint.ts";
import { atMs, makeSpan, type SpanDraft } from "./span.test.maker.ts";

const mark = (
  id: string,
  phase: string,
  attributes: SpanDraft["with"] = {},
  parts: Partial<SpanDraft> = {},
): EngineSpan =>
  makeSpan({
    id,
    parent: "work",
    name: `${phase} some-model`,
    ms: [0, 10],
    resource: { "service.instance.id": "pod-1" },
    ...parts,
    with: { "footprint.inference.phase": phase, ...attributes },
  });

const phasesOf = (spans: readonly EngineSpan[]): readonly DerivedPhase[] =>
  footprint.derive(spans).flatMap(({ phases }) => phases);

describe("footprint", () => {
  it("charges a marked span in place", () => {
    const [request] = footprint.derive([
      mark("p", "prefill", {
        "footprint.inference.processed_tokens": 120n,
        "footprint.device.ids": ["GPU-a", "GPU-b"],
        "gen_ai.request.model": "m",
      }),
    ]);
    expect(request).toMatchObject({
      requestId: "work",
      rootSpanId: "p",
      model: "m",
      isOpen: false,
    });
    expect(request?.phases).toEqual([
      {
        phase: "prefill",
        key: "prefill/pod-1/p",
        spanId: "p",
        parentSpanId: "work",
        startUnixNano: atMs(0),
        endUnixNano: atMs(10),
        processedTokens: 120,
        includesQueueing: false,
        intervalSource: "instrumentation",
        deviceIds: ["GPU-a", "GPU-b"],
        worker: new Map([
          ["gen_ai.request.model", "m"],
          ["service.name", "some-service"],
          ["service.instance.id", "pod-1"],
        ]),
      },
    ]);
  });

  it("rolls up on the parent where that was seen, else on the topmost", () => {
    const phases = [mark("d", "decode", {}, { ms: [10, 20] }), mark("p", "prefill")];
    expect(footprint.derive(phases).map(({ rootSpanId }) => rootSpanId)).toEqual(["p"]);
    const parent = makeSpan({ id: "work", name: "work", ms: [0, 30] });
    expect(footprint.derive([...phases, parent]).map(({ rootSpanId }) => rootSpanId)).toEqual([
      "work",
    ]);
  });

  it("takes parentless phases of a trace as one request", () => {
    const spans = ["p", "d"].map((id) => mark(id, "decode", {}, { parent: "" }));
    expect(footprint.derive(spans).map(({ requestId }) => requestId)).toEqual([spans[0]?.traceId]);
  });

  it("knows settled and client-side phases", () => {
    const settled = mark("s", "decode", { "footprint.energy.total": 0.5 });
    const client = mark("c", "decode", { "footprint.inference.interval_source": "client_stream" });
    const byId = new Map(phasesOf([settled, client]).map((phase) => [phase.spanId, phase]));
    expect(byId.get("s")?.isSettled).toBe(true);
    expect(byId.get("s")?.isClientSide).toBeUndefined();
    expect(byId.get("c")).toMatchObject({ isClientSide: true, intervalSource: "client_stream" });
  });

  it("makes no phase of an unknown name, an empty window or no computed token", () => {
    const none = { "footprint.inference.processed_tokens": 0n };
    expect(footprint.derive([mark("x", "thinking")])).toEqual([]);
    expect(phasesOf([mark("x", "decode", {}, { ms: [10, 10] })])).toEqual([]);
    expect(phasesOf([mark("x", "decode", none)])).toEqual([]);
    expect(phasesOf([mark("x", "kv_transfer", none)])).toHaveLength(1);
    expect(
      phasesOf([mark("x", "decode", { ...none, "footprint.energy.total": 1.5 })]),
    ).toHaveLength(1);
  });
});

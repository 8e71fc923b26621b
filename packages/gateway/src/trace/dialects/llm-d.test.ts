import { describe, expect, it } from "vitest";
import { deriveTrace } from "./derive-trace.ts";
import type { EngineSpan } from "./dialect.ts";
import { atMs, makeSpan } from "./span.test.maker.ts";

// Names and attributes as in llm-d-inference-scheduler 520af478 (17 May 2026), pkg/sidecar/proxy. That decode's span starts in
// the context of prefill's is from a copy of connector_nixlv2.go (runNIXLProtocolV2) of unknown commit. Written by hand.
const sidecar = {
  service: "llm-d-pd-proxy",
  resource: { "k8s.node.name": "node-decode", "service.instance.id": "s" },
};
const request = makeSpan({
  id: "request",
  parent: "gateway",
  name: "llm_d.pd_proxy.request",
  ms: [0, 1000],
  with: { "llm_d.pd_proxy.prefill_target": "10.0.0.7:8000" },
  ...sidecar,
});
const prefill = makeSpan({
  id: "p",
  parent: "request",
  name: "llm_d.pd_proxy.prefill",
  ms: [5, 105],
  with: {
    "llm_d.pd_proxy.prefill_target": "10.0.0.7:8000",
    "llm_d.pd_proxy.connector": "nixlv2",
    "llm_d.pd_proxy.prefill.status_code": 200,
    "llm_d.pd_proxy.prefill.duration_ms": 100,
  },
  ...sidecar,
});
const decode = makeSpan({
  id: "d",
  parent: "p",
  name: "llm_d.pd_proxy.decode",
  ms: [106, 999],
  with: { "llm_d.pd_proxy.decode.target": "localhost:8001" },
  ...sidecar,
});
const engine = (id: string, parent: string, service: string, fromMs: number): EngineSpan =>
  makeSpan({
    id,
    parent,
    name: "llm_request",
    service,
    ms: [fromMs, fromMs + 100],
    with: {
      "gen_ai.request.id": `cmpl-${id}`,
      "gen_ai.latency.e2e": 0.09,
      "gen_ai.latency.time_in_model_prefill": 0.02,
      "gen_ai.latency.time_in_model_decode": 0.03,
      "gen_ai.usage.prompt_tokens": 50,
      "gen_ai.usage.completion_tokens": id === "vp" ? 1 : 9,
    },
  });

const told = (spans: readonly EngineSpan[]): readonly unknown[] =>
  deriveTrace(spans).requests.flatMap(({ requestId, isOpen, phases }) =>
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

describe("llm-d", () => {
  it("takes the proxy's waits for want of better, each at its server", () => {
    expect(told([decode, request, prefill])).toEqual([
      ["request", false, "prefill/-/0", 5, 105, undefined, "llm_d_proxy"],
      ["request", false, "decode/-/0", 106, 999, undefined, "llm_d_proxy"],
    ]);
    const [derived] = deriveTrace([decode, request, prefill]).requests;
    expect(derived?.rootSpanId).toBe("request");
    expect(derived?.phases.map(({ worker }) => [...worker])).toEqual([
      [["llm_d.pd_proxy.prefill_target", "10.0.0.7:8000"]],
      [
        ["llm_d.pd_proxy.decode.target", "localhost:8001"],
        ["k8s.node.name", "node-decode"],
      ],
    ]);
  });

  it("is open, and charges nothing, until the request's span comes", () => {
    expect(deriveTrace([decode, prefill]).requests).toMatchObject([
      { requestId: "request", isOpen: true, phases: [] },
    ]);
    expect(deriveTrace([decode]).requests).toMatchObject([{ isOpen: true, phases: [] }]);
  });

  it("clips decode that was asked for while prefill ran", () => {
    const early = { ...decode, startUnixNano: atMs(6) };
    expect(told([request, prefill, early])[1]).toEqual([
      "request",
      false,
      "decode/-/0",
      105,
      999,
      undefined,
      "llm_d_proxy",
    ]);
  });

  it("charges no prefill that failed", () => {
    const attributes = new Map([
      ...prefill.attributes,
      ["llm_d.pd_proxy.prefill.status_code", 502],
    ]);
    expect(told([request, { ...prefill, attributes } as EngineSpan])).toEqual([]);
  });

  it("gives way to vLLM's own times, whose first step after a transfer is decode", () => {
    const vp = engine("vp", "p", "vllm-p", 5);
    const vd = engine("vd", "d", "vllm-d", 110);
    const both = [
      ["request", false, "prefill/-/0", 45, 65, 50, "vllm_latency"],
      ["request", false, "decode/-/0", 150, 200, 8, "vllm_latency"],
    ];
    expect(told([request, prefill, decode, vp, vd])).toEqual(both);
    expect(told([vd, vp, decode, request, prefill])).toEqual(both);
    expect(told([request, prefill, decode, vd])).toEqual([
      ["request", false, "prefill/-/0", 5, 105, undefined, "llm_d_proxy"],
      both[1],
    ]);
  });
});

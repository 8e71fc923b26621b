import { describe, expect, it } from "vitest";
import type { EngineSpan } from "./dialect.ts";
import {
  http,
  id,
  only,
  operation,
  payload,
  route,
  split,
  summary,
  tokens,
  vllmSpan,
} from "./dynamo.test.maker.ts";
import { makeSpan } from "./span.test.maker.ts";

describe("engine's own times", () => {
  const routes = [
    route({ id: "rp", ms: [5, 101], with: { phase: "Prefill", worker_id: "11" } }),
    route({ id: "rd", ms: [105, 901], with: { phase: "Decode", worker_id: "22", dp_rank: "3" } }),
  ];
  const legs = [
    payload({ id: "p", parent: "rp", ms: [10, 100], with: { instance_id: "11" } }),
    payload({ id: "d", parent: "rd", ms: [110, 900], with: { instance_id: "22" } }),
  ];

  it("counts vLLM's back from its end and books a decode worker's prefill as decode", () => {
    const spans = [
      ...routes,
      ...legs,
      vllmSpan({
        id: "vp",
        parent: "p",
        ms: [12, 110],
        with: { "gen_ai.latency.time_in_model_decode": 0 },
      }),
      vllmSpan({ id: "vd", parent: "d", ms: [120, 900], resource: { "host.name": "node-d" } }),
      http({ ...split, ...tokens }),
    ];
    expect(summary(spans)).toEqual([
      ["prefill/11/0", 82, 102, 100, "vllm_latency"],
      ["decode/22/0", 140, 210, 9, "vllm_latency"],
    ]);
    const [prefill, decode] = only(spans).phases;
    expect(prefill?.includesQueueing).toBe(false);
    expect(decode?.worker.get("service.name")).toBe("worker");
    expect(decode?.worker.get("host.name")).toBe("node-d");
    expect(decode?.worker.get("dp_rank")).toBe("3");
    expect(decode?.worker.get("instance_id")).toBe("22");
  });

  it("splits vLLM's on an aggregated worker", () => {
    const spans = [
      route({ id: "rd", ms: [105, 901], with: { phase: "Aggregated" } }),
      legs[1] as EngineSpan,
      vllmSpan({ id: "v", parent: "d", ms: [120, 220] }),
    ];
    expect(summary(spans)).toEqual([
      ["prefill/22/0", 140, 160, undefined, "vllm_latency"],
      ["decode/22/0", 160, 210, undefined, "vllm_latency"],
    ]);
  });

  it("falls back where vLLM's times are those of an aborted request", () => {
    const aborted = { "gen_ai.latency.time_in_model_prefill": -5.5 };
    const spans = [
      ...routes,
      ...legs,
      vllmSpan({ id: "v", parent: "d", ms: [120, 220], with: aborted }),
    ];
    expect(summary(spans)[1]).toEqual([
      "decode/22/0",
      110,
      900,
      undefined,
      "dynamo_handle_payload",
    ]);
  });

  it("finds the worker of a vLLM span by request id where the spans between are missing", () => {
    const orphan = makeSpan({
      ...{ id: "v", parent: "lost", name: "llm_request", service: "worker", ms: [12, 110] },
      with: {
        "gen_ai.request.id": id,
        "gen_ai.latency.e2e": 0.09,
        "gen_ai.latency.time_in_model_prefill": 0.02,
        "gen_ai.latency.time_in_model_decode": 0,
      },
    });
    expect(summary([...routes, ...legs, orphan])[0]).toEqual([
      "prefill/11/0",
      82,
      102,
      undefined,
      "vllm_latency",
    ]);
  });

  it("uses engine.generate's time to first token, never its length", () => {
    const generate = makeSpan({
      id: "g",
      parent: "p",
      name: "engine.generate",
      ms: [11, 11.2],
      with: { disagg_role: "prefill", ttft_ms: "60.5", model: "m-1" },
    });
    const op = operation({ id: "o", parent: "p", name: "worker.operation.prefill", ms: [11, 99] });
    const spans = [...routes, ...legs, op, generate];
    expect(summary(spans)[0]).toEqual(["prefill/11/0", 10, 70.5, undefined, "dynamo_engine"]);
    expect(only(spans).model).toBe("m-1");
    expect(only([...spans, http({ ...tokens, model: "m-2" })]).model).toBe("m-2");
  });

  it("gives a phase from the lifecycle alone, with the worker its router names", () => {
    const op = operation({
      id: "o",
      parent: "p",
      name: "worker.operation.prefill",
      ms: [11, 99],
      with: { "dynamo.operation.role": "prefill" },
    });
    const spans = [...routes, op];
    expect(summary(spans)).toEqual([["prefill/11/0", 11, 99, undefined, "dynamo_lifecycle"]]);
    expect(only(spans).phases[0]?.parentSpanId).toBe("p");
    expect(only([op]).phases[0]?.key).toBe("prefill/worker/0");
  });
});

describe("bootstrap", () => {
  it("ends prefill with the first token where its worker's span outlasts decode", () => {
    const spans = [
      route({ id: "rp", ms: [5, 960], with: { phase: "Prefill", worker_id: "11" } }),
      route({ id: "rd", ms: [6, 950], with: { phase: "Decode", worker_id: "22" } }),
      payload({ id: "p", parent: "rp", ms: [10, 954], with: { instance_id: "11" } }),
      payload({ id: "d", parent: "rd", ms: [12, 949], with: { instance_id: "22" } }),
      http({ ...split, ...tokens, ttft_ms: "858" }),
    ];
    expect(summary(spans)).toEqual([
      ["prefill/11/0", 10, 858, 100, "dynamo_handle_payload"],
      ["decode/22/0", 858, 949, 9, "dynamo_handle_payload"],
    ]);
  });

  const early = [
    route({ id: "rp", ms: [5, 120], with: { phase: "Prefill" } }),
    route({ id: "rd", ms: [6, 901], with: { phase: "Decode" } }),
    payload({ id: "p", parent: "rp", ms: [10, 110], with: { instance_id: "11" } }),
  ];

  it("starts decode when prefill ends", () => {
    const decode = payload({ id: "d", parent: "rd", ms: [12, 900], with: { instance_id: "22" } });
    expect(summary([...early, decode]).map((row) => (row as number[]).slice(1, 3))).toEqual([
      [10, 110],
      [110, 900],
    ]);
  });

  it("has no decode where nothing is left of it", () => {
    const decode = payload({ id: "d", parent: "rd", ms: [12, 109], with: { instance_id: "22" } });
    expect(only([...early, decode]).phases.map(({ phase }) => phase)).toEqual(["prefill"]);
  });
});

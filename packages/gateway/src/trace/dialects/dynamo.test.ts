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
} from "./dynamo.test.maker.ts";
import { dynamo } from "./dynamo.ts";
import { makeSpan } from "./span.test.maker.ts";

describe("round robin, no phase on the router's span", () => {
  const legs = [
    payload({ id: "p", ms: [10, 100], with: { instance_id: "11" } }),
    payload({ id: "d", ms: [110, 900], with: { instance_id: "22" } }),
  ];

  it("compares the worker with those the frontend reports", () => {
    expect(summary([http({ ...split, ...tokens }), ...legs])).toEqual([
      ["prefill/11/0", 10, 100, 100, "dynamo_handle_payload"],
      ["decode/22/0", 110, 900, 9, "dynamo_handle_payload"],
    ]);
  });

  it("knows a worker that did both", () => {
    const both = { prefill_worker_id: "22", decode_worker_id: "22", ttft_ms: "300" };
    expect(summary([http({ ...both, ...tokens }), legs[1] as EngineSpan])).toEqual([
      ["prefill/22/0", 110, 300, 100, "dynamo_handle_payload"],
      ["decode/22/0", 300, 900, 9, "dynamo_handle_payload"],
    ]);
  });

  it("falls back to the component, and what is beside a prefill worker decodes", () => {
    const router = route({ id: "r", name: "router.route_request", ms: [5, 101] });
    const prefill = payload({
      id: "p",
      ms: [10, 100],
      with: { instance_id: "11", component: "prefill" },
    });
    const spans = [router, prefill, legs[1] as EngineSpan];
    expect(summary(spans).map((row) => (row as string[])[0])).toEqual([
      "prefill/11/0",
      "decode/22/0",
    ]);
    expect(only(spans).isOpen).toBe(true);
    expect(only(spans).rootSpanId).toBeUndefined();
  });

  it("tells 64-bit ids apart that are one double", () => {
    const ids = {
      prefill_worker_id: "17717888169612136818",
      decode_worker_id: "17717888169612136819",
    };
    const spans = [
      http({ ...ids, ...tokens }),
      payload({ id: "p", ms: [10, 100], with: { instance_id: ids.prefill_worker_id } }),
      payload({ id: "d", ms: [110, 900], with: { instance_id: ids.decode_worker_id } }),
    ];
    expect(only(spans).phases.map(({ phase }) => phase)).toEqual(["prefill", "decode"]);
  });
});

describe("who is a request", () => {
  it("ignores health checks and KV queries: nobody called them", () => {
    const query = payload({ id: "q", ms: [0, 1], with: { endpoint: "worker_kv_query_source_1" } });
    const health = payload({ id: "h", ms: [0, 1], with: { instance_id: "1" } });
    expect(dynamo.derive([query, health])).toEqual([]);
  });

  it("ignores probes and listings of the frontend", () => {
    expect(dynamo.derive([http({ uri: "/v1/models" })])).toEqual([]);
  });

  it("holds a called worker's trace but charges nothing until the request is known", () => {
    const called = payload({
      id: "p",
      parent: "unseen",
      ms: [10, 100],
      with: { instance_id: "11", component: "prefill" },
    });
    expect(dynamo.derive([called])).toEqual([{ requestId: id, isOpen: true, phases: [] }]);
    const lifecycle = operation({ id: "l", name: "request.lifecycle", ms: [0, 200] });
    expect(only([called, lifecycle]).phases).toHaveLength(1);
  });

  it("keeps a request whose workers sent nothing, without phases", () => {
    expect(only([http({ ...split, ...tokens })])).toEqual({
      requestId: id,
      rootSpanId: "http",
      isOpen: false,
      phases: [],
    });
  });

  it("keeps several requests of one trace apart", () => {
    const second = { request_id: "req-2" };
    const requests = dynamo.derive([
      http({ ...split, ...tokens }),
      payload({ id: "p", ms: [10, 100], with: { instance_id: "11" } }),
      makeSpan({
        id: "http2",
        name: "http-request",
        ms: [1100, 2000],
        with: { ...second, ...split },
      }),
      payload({ id: "p2", ms: [1110, 1200], with: { ...second, instance_id: "11" } }),
    ]);
    expect(requests.map(({ requestId, phases }) => [requestId, phases.length])).toEqual([
      [id, 1],
      ["req-2", 1],
    ]);
  });

  it("survives spans that are their own ancestors", () => {
    const looped = payload({ id: "a", parent: "b", ms: [1, 2], with: { instance_id: "11" } });
    const back = operation({ id: "b", parent: "a", name: "worker.operation.prefill", ms: [1, 2] });
    expect(only([looped, back, http({ ...split, ...tokens })]).phases).toHaveLength(1);
  });
});

describe("aggregated", () => {
  const leg = payload({ id: "a", parent: "r", ms: [10, 900], with: { instance_id: "7" } });
  const router = route({ id: "r", ms: [5, 950], with: { phase: "Aggregated", worker_id: "7" } });
  const streaming = operation({ id: "s", name: "response.streaming", ms: [210, 950] });

  it("splits at the frontend's first token", () => {
    const spans = [router, leg, streaming, http({ ...tokens, ttft_ms: "205" })];
    expect(summary(spans)).toEqual([
      ["prefill/7/0", 10, 210, 100, "dynamo_handle_payload"],
      ["decode/7/0", 210, 900, 9, "dynamo_handle_payload"],
    ]);
    expect(only(spans).phases.map(({ includesQueueing }) => includesQueueing)).toEqual([
      true,
      false,
    ]);
  });

  it("splits the worker's operation where that is seen", () => {
    const op = operation({ id: "o", parent: "a", name: "worker.operation", ms: [12, 890] });
    expect(summary([router, leg, op, http({ ...tokens, ttft_ms: "205" })])).toEqual([
      ["prefill/7/0", 12, 205, 100, "dynamo_lifecycle"],
      ["decode/7/0", 205, 890, 9, "dynamo_lifecycle"],
    ]);
  });

  it("is mixed where the first token is not known or lies outside", () => {
    const whole = [["mixed/7/0", 10, 900, 109, "dynamo_handle_payload"]];
    expect(summary([router, leg, http(tokens)])).toEqual(whole);
    expect(summary([router, leg, http({ ...tokens, ttft_ms: "999" })])).toEqual(whole);
  });
});

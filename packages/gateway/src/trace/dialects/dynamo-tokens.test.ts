import { describe, expect, it } from "vitest";
import { http, only, payload, route, split, summary, tokens } from "./dynamo.test.maker.ts";
import type { SpanDraft } from "./span.test.maker.ts";

describe("computed tokens", () => {
  const legs = [
    payload({ id: "p", ms: [10, 100], with: { instance_id: "11" } }),
    payload({ id: "d", ms: [110, 900], with: { instance_id: "22" } }),
  ];
  const counts = (attributes: SpanDraft["with"]): readonly unknown[] =>
    only([http({ ...split, ...attributes }), ...legs]).phases.map(({ phase, processedTokens }) => [
      phase,
      processedTokens,
    ]);

  it("takes cached tokens off", () => {
    expect(counts({ ...tokens, cached_tokens: "64" })).toEqual([
      ["prefill", 36],
      ["decode", 9],
    ]);
  });

  it("has no phase where none was computed", () => {
    expect(counts({ ...tokens, cached_tokens: "100" })).toEqual([["decode", 9]]);
    expect(counts({ ...tokens, output_tokens: "1" })).toEqual([["prefill", 100]]);
    expect(counts({ ...tokens, output_tokens: "0" })).toEqual([["prefill", 100]]);
  });

  it("leaves out what it does not know", () => {
    expect(counts({ input_tokens: "100" })).toEqual([
      ["prefill", 100],
      ["decode", undefined],
    ]);
    expect(counts({ ...tokens, input_tokens: "many" })).toEqual([
      ["prefill", undefined],
      ["decode", 9],
    ]);
  });
});

describe("migration", () => {
  const attempt = (n: number, done: string): NonNullable<SpanDraft["with"]> => ({
    phase: "Decode",
    "request.attempt": String(n),
    "migration.tokens_completed": done,
  });
  const spans = [
    http({
      prefill_worker_id: "11",
      decode_worker_id: "33",
      input_tokens: "100",
      output_tokens: "30",
    }),
    route({ id: "rp", ms: [5, 101], with: { phase: "Prefill" } }),
    payload({ id: "p", parent: "rp", ms: [10, 100], with: { instance_id: "11" } }),
    route({ id: "r0", ms: [105, 401], with: attempt(0, "0") }),
    payload({ id: "d0", parent: "r0", ms: [110, 400], with: { instance_id: "22" } }),
    route({ id: "rp1", ms: [410, 461], with: { phase: "Prefill", "request.attempt": "1" } }),
    payload({ id: "p1", parent: "rp1", ms: [415, 460], with: { instance_id: "11" } }),
    route({ id: "r1", ms: [465, 901], with: attempt(1, "12") }),
    payload({ id: "d1", parent: "r1", ms: [470, 900], with: { instance_id: "33" } }),
  ];

  it("charges each attempt for the tokens it computed", () => {
    expect(summary(spans).map((row) => [...(row as unknown[]).slice(0, 4)])).toEqual([
      ["prefill/11/0", 10, 100, 100],
      ["decode/22/0", 110, 400, 11],
      ["prefill/11/1", 415, 460, 112],
      ["decode/33/1", 470, 900, 17],
    ]);
  });

  it("tells attempts apart that carry the same number", () => {
    const twice = [
      http({ ...split, ...tokens }),
      payload({ id: "d", ms: [110, 300], with: { instance_id: "22" } }),
      payload({ id: "e", ms: [310, 900], with: { instance_id: "22" } }),
    ];
    expect(summary(twice).map((row) => (row as unknown[])[0])).toEqual([
      "decode/22/0",
      "decode/22/0.2",
    ]);
  });
});

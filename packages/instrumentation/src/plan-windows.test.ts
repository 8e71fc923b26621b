import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planWindows, type SeenRequest } from "./plan-windows.ts";
import { readTimings } from "./read-timings.ts";

/**
 * Second request of a recording of Dynamo 1.6.1 with mocker workers, disaggregated: the caller's times in ms after
 * 1795505743000, and the answer's last `nvext`.
 */
const recorded = {
  startMs: 270.252822,
  firstMs: 400.083289,
  endMs: 640.307661,
  inputTokens: 188,
  cachedTokens: 0,
  outputTokens: 32,
  answer: {
    nvext: {
      timing: {
        request_received_ms: 1795505743279,
        prefill_wait_time_ms: 7.128563,
        prefill_time_ms: 63.024896,
        ttft_ms: 70.153459,
        total_time_ms: 359.78429,
        kv_hit_rate: 0.0,
        router_queue_depth: 0,
        kv_transfer_estimated_latency_ms: 47.766277,
      },
    },
  },
};
const seen: SeenRequest = { ...recorded, timings: undefined, isPrefillOnly: false };

describe("planWindows", () => {
  it("follows the server's timings back from the end", () => {
    const timings = readTimings(recorded.answer)?.timings;
    const [prefill, decode] = planWindows({ ...seen, timings });
    expect(decode?.endMs).toBe(recorded.endMs);
    expect((decode?.endMs ?? 0) - (decode?.startMs ?? 0)).toBeCloseTo(359.78429 - 70.153459, 6);
    expect((prefill?.endMs ?? 0) - (prefill?.startMs ?? 0)).toBeCloseTo(63.024896, 6);
    expect(prefill?.endMs).toBe(decode?.startMs);
    // The server's clock puts the start of prefill at 279 + 7.13.
    expect(Math.abs((prefill?.startMs ?? 0) - 286.128563)).toBeLessThan(2);
    expect([prefill, decode]).toMatchObject([
      { phase: "prefill", processedTokens: 188, intervalSource: "client_nvext" },
      { phase: "decode", processedTokens: 31, intervalSource: "client_nvext" },
    ]);
  });

  it("parts at the first output where the server tells nothing, or what cannot be", () => {
    const impossible = { source: "nvext", prefillMs: 1, decodeMs: 5000 };
    for (const timings of [undefined, impossible]) {
      expect(planWindows({ ...seen, timings })).toMatchObject([
        { phase: "prefill", startMs: seen.startMs, endMs: seen.firstMs },
        { phase: "decode", startMs: seen.firstMs, endMs: seen.endMs },
      ]);
    }
  });

  it("cannot part an answer that came in one piece", () => {
    for (const firstMs of [undefined, seen.endMs]) {
      expect(planWindows({ ...seen, firstMs })).toMatchObject([
        { phase: "mixed", startMs: seen.startMs, endMs: seen.endMs, processedTokens: 219 },
      ]);
    }
  });

  it("keeps every phase inside the request, in order, and none without tokens", () => {
    const ms = fc.double({ min: 0, max: 1e4, noNaN: true });
    const count = fc.option(fc.nat(1000), { nil: undefined });
    fc.assert(
      fc.property(
        fc.record({
          startMs: ms,
          waitMs: fc.option(ms, { nil: undefined }),
          lengthMs: ms,
          inputTokens: count,
          cachedTokens: count,
          outputTokens: count,
          isPrefillOnly: fc.boolean(),
          timings: fc.option(fc.record({ source: fc.constant("x"), prefillMs: ms, decodeMs: ms }), {
            nil: undefined,
          }),
        }),
        ({ waitMs, lengthMs, ...request }) => {
          const endMs = request.startMs + lengthMs;
          const firstMs =
            waitMs === undefined ? undefined : Math.min(endMs, request.startMs + waitMs);
          let previousMs = request.startMs;
          for (const phase of planWindows({ ...request, firstMs, endMs })) {
            expect(phase.startMs).toBeGreaterThanOrEqual(previousMs);
            expect(phase.endMs).toBeGreaterThan(phase.startMs);
            expect(phase.endMs).toBeLessThanOrEqual(endMs);
            expect(phase.processedTokens).not.toBe(0);
            previousMs = phase.endMs;
          }
        },
      ),
    );
  });
});

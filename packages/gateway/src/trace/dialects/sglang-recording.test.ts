import { describe, expect, it } from "vitest";
import { deriveTrace } from "./derive-trace.ts";
import type { DerivedPhase, EngineSpan } from "./dialect.ts";
import { readNumber, readText } from "./read-attribute.ts";
import { readRecording, readTraces } from "./recording.test.reader.ts";

const requests = [...readTraces("sglang-shape").values()].flatMap(
  (spans) => deriveTrace(spans).requests,
);

const recorded = new Map(readRecording("sglang-shape").map((span) => [span.spanId, span]));

/** The stage of a phase: two levels below its server's span of the request. */
function stageOf({ phase, key, parentSpanId }: DerivedPhase): EngineSpan {
  const name = phase === "kv_transfer" ? key.split("/")[2] : `${phase}_forward`;
  return [...recorded.values()].find(
    (span) => span.name === name && recorded.get(span.parentSpanId)?.parentSpanId === parentSpanId,
  ) as EngineSpan;
}

describe("sglang-shape", () => {
  it("windows are the engine's stages, tokens its counts", () => {
    const spans = new Map(readRecording("sglang-shape").map((span) => [span.spanId, span]));
    expect(requests).toHaveLength(4);
    for (const { isOpen, model, phases, rootSpanId } of requests) {
      const root = spans.get(rootSpanId ?? "") as EngineSpan;
      const count = (key: string): number =>
        readNumber(root.attributes, `gen_ai.usage.${key}_tokens`) ?? Number.NaN;
      expect([isOpen, model]).toEqual([false, "tiny"]);
      for (const phase of phases) {
        const stage = stageOf(phase);
        expect([phase.startUnixNano, phase.endUnixNano]).toEqual([
          stage.startUnixNano,
          stage.endUnixNano,
        ]);
        expect(phase.worker.has("tp_rank")).toBe(false);
      }
      const charged = phases.filter(({ phase }) => phase !== "kv_transfer");
      expect(charged.map(({ phase, processedTokens }) => [phase, processedTokens])).toEqual([
        ["prefill", count("prompt") - count("cached")],
        ["decode", count("completion") - 1],
      ]);
    }
  });

  it("the decode tokens are the decode steps, the windows of them what they took", () => {
    const spans = readRecording("sglang-shape");
    for (const { phases } of requests) {
      const decode = phases.find(({ phase }) => phase === "decode") as DerivedPhase;
      const steps = spans.filter(
        ({ name, parentSpanId }) =>
          name === "decode_loop" && parentSpanId === stageOf(decode).spanId,
      );
      expect(decode.processedTokens).toBe(steps.length);
      for (const step of steps) {
        expect(step.startUnixNano).toBeGreaterThanOrEqual(decode.startUnixNano);
        expect(step.endUnixNano).toBeLessThanOrEqual(decode.endUnixNano);
      }
    }
  });

  it("two servers of one request meet in its room, caches move in between", () => {
    const split = requests.filter(({ requestId }) => requestId.startsWith("0x"));
    expect(split.map(({ requestId }) => requestId)).toEqual(["0x309", "0x30a"]);
    for (const { phases } of split) {
      const told = phases.map(({ key, worker }) => [key, readText(worker, "host.name")]);
      expect(told).toEqual([
        ["prefill/sglang-prefill/0", "node-prefill"],
        ["kv_transfer/sglang-prefill/prefill_transfer_kv_cache", "node-prefill"],
        ["kv_transfer/sglang-decode/decode_transferred", "node-decode"],
        ["decode/sglang-decode/0", "node-decode"],
      ]);
    }
  });

  it("its 64-bit trace ids are trace ids", () => {
    const ids = [...readTraces("sglang-shape").keys()];
    expect(ids.filter((id) => /^0{16}[0-9a-f]{16}$/.test(id))).toHaveLength(2);
  });

  it("without its schedulers' spans, still one of each phase, prefill with its wait", () => {
    const whole = new Map(requests.map((request) => [request.requestId, request]));
    const lost = [...readTraces("sglang-shape").values()].flatMap(
      (spans) => deriveTrace(spans.filter(({ attributes }) => attributes.has("rid"))).requests,
    );
    expect(lost.map(({ requestId }) => requestId)).toEqual([...whole.keys()]);
    for (const { requestId, phases } of lost) {
      const better = (whole.get(requestId)?.phases ?? []).filter((p) => p.phase !== "kv_transfer");
      const told = (all: readonly DerivedPhase[]): readonly unknown[] =>
        all.map(({ key, processedTokens }) => [key, processedTokens]);
      expect(told(phases)).toEqual(told(better));
      const [prefill, decode] = phases as [DerivedPhase, DerivedPhase];
      const [forward, steps] = better as [DerivedPhase, DerivedPhase];
      expect([prefill.includesQueueing, decode.includesQueueing]).toEqual([true, false]);
      expect(prefill.intervalSource).toBe("sglang_latency");
      expect(prefill.startUnixNano).toBeLessThan(forward.startUnixNano);
      const offMs = (a: bigint, b: bigint): number => Math.abs(Number(a - b)) / 1e6;
      expect(offMs(prefill.endUnixNano, forward.endUnixNano)).toBeLessThan(1);
      expect(offMs(decode.endUnixNano, steps.endUnixNano)).toBeLessThan(1);
      expect(offMs(decode.startUnixNano, steps.startUnixNano)).toBeLessThan(3);
    }
  });
});

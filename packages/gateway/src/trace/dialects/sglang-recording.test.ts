import { describe, expect, it } from "vitest";
import { deriveTrace } from "./derive-trace.ts";
import type { DerivedPhase, EngineSpan } from "./dialect.ts";
import { readNumber, readText } from "./read-attribute.ts";
import { readRecording, readTraces } from "./recording.test.reader.ts";

const requests = [...readTraces("sglang-shape").values()].flatMap(
  (spans) => deriveTrace(spans).requests,
);

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
        const stage = spans.get(phase.parentSpanId) as EngineSpan;
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
        ({ name, parentSpanId }) => name === "decode_loop" && parentSpanId === decode.parentSpanId,
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
});

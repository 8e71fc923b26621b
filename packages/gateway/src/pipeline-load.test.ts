import type { EngineCount } from "@wattspan/footprint";
import { instantOfMs } from "@wattspan/footprint";
import { describe, expect, it } from "vitest";
import {
  meterAt500W,
  metricsOf,
  oneDevice,
  phaseOf,
  requestOf,
  startPipeline,
  T0,
} from "./pipeline.test.fixture.ts";
import type { Pipeline } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";

/** 0.1: the threshold of nine tenths. */
const ONE_IN_TEN = "ot=th:e6666666666666";
/** The device draws 400 W above idle for all of its two minutes. */
const SECONDS = 120;
const ENERGY = "footprint.energy.total";
const STATUS = "footprint.measurement.status";
const REASON = "footprint.attribution.reason";

/** What vLLM's metrics say at a time: 100 tokens of prompts computed a second, 50 from a cache. */
const vllmAt = (ms: number): Uint8Array =>
  metricsOf(ms, {
    "vllm:num_requests_running": 2,
    "vllm:prompt_tokens+": ms * 0.15,
    "vllm:prompt_tokens_cached+": ms * 0.05,
    "vllm:generation_tokens+": 0,
    "vllm:request_success+": 0,
  });

function acceptCounts(pipeline: Pipeline): void {
  for (let ms = 0; ms <= SECONDS * 1000; ms += 5000) {
    expect(pipeline.accept("metrics", "json", vllmAt(ms)).status).toBe("accepted");
  }
}

/** Plays one phase of 100 tokens over ten seconds, and the meter; gives what was sent. */
function playPhase(
  options: Partial<PipelineOptions>,
  traceState: string,
  before: (pipeline: Pipeline) => void = () => {},
) {
  const { pipeline, sent, clock } = startPipeline(options);
  before(pipeline);
  const span = { id: "1", fromMs: 20_000, toMs: 30_000, traceState };
  pipeline.accept("traces", "json", requestOf([{ ...span, attributes: phaseOf("prefill", 100) }]));
  pipeline.addReadings(meterAt500W(0, SECONDS));
  clock.nowMs = T0 + SECONDS * 1000;
  pipeline.finish(clock.nowMs);
  return { pipeline, phase: sent.find(({ id }) => id === "1")?.attributes };
}

describe("a trace that is one of ten", () => {
  it("pays the price of its window, by what its trace state says", () => {
    const { pipeline, phase } = playPhase({}, ONE_IN_TEN);
    // 48,000 J by what stands for 1,000 tokens; PUE 2.
    expect(phase?.get(ENERGY)).toBeCloseTo(2 * 4800, 3);
    expect(phase?.get(STATUS)).toBe("partial");
    expect(phase?.get(REASON)).toBe("sampled");
    const [device] = pipeline.summary().devices;
    expect(device?.unattributed["unsampled"]).toBeCloseTo(48_000 - 4800, 3);
  });

  it("or by what is configured, where it does not say", () => {
    const told = playPhase({ sampling: { probability: 0.5 } }, "");
    expect(told.phase?.get(ENERGY)).toBeCloseTo(2 * 24_000, 3);
    expect(told.phase?.get(REASON)).toBe("sampled");
    const both = playPhase({ sampling: { probability: 0.5 } }, ONE_IN_TEN);
    expect(both.phase?.get(ENERGY)).toBeCloseTo(2 * 4800, 3);
  });

  it("is partial where nobody knows how many it stands for", () => {
    const { phase } = playPhase({ sampling: { probability: "unknown" } }, "");
    expect(phase?.get(STATUS)).toBe("partial");
    expect(phase?.get(REASON)).toBe("unsampled");
  });

  it("is measured where the engine counts what the others do", () => {
    for (const [options, traceState] of [
      [{}, ONE_IN_TEN],
      [{ sampling: { probability: "unknown" } }, ""],
    ] as const) {
      const { phase } = playPhase(options, traceState, acceptCounts);
      // 100 tokens a second take 400 W: 4 J each.
      expect(phase?.get(ENERGY)).toBeCloseTo(2 * 400, 3);
      expect(phase?.get(STATUS)).toBe("measured");
    }
  });

  it("leaves as soon as counters and meter have reached its end", () => {
    const { pipeline, sent, clock } = startPipeline();
    acceptCounts(pipeline);
    clock.nowMs = T0 + 30_000;
    const span = { id: "1", fromMs: 20_000, toMs: 30_000, traceState: ONE_IN_TEN };
    pipeline.accept(
      "traces",
      "json",
      requestOf([{ ...span, attributes: phaseOf("prefill", 100) }]),
    );
    pipeline.addReadings(meterAt500W(0, 40));
    clock.nowMs = T0 + 31_000;
    pipeline.tick(clock.nowMs);
    expect(sent).toEqual([]);
    clock.nowMs = T0 + 33_000;
    pipeline.tick(clock.nowMs);
    expect(sent).toHaveLength(1);
  });
});

describe("without a trace", () => {
  it("says what tokens take, by model, pool and zone", () => {
    const { pipeline } = startPipeline({
      nodes: oneDevice.nodes.map((node) => ({ ...node, zone: "FR" })),
    });
    acceptCounts(pipeline);
    pipeline.addReadings(meterAt500W(0, SECONDS));
    const [figure, ...others] = pipeline.summary().fleet;
    expect(others).toEqual([]);
    expect(figure).toMatchObject({ model: "llama", zone: "FR", decode: { tokens: 0, joules: 0 } });
    expect(figure?.prefill.tokens).toBeCloseTo(12_000, 6);
    expect(figure?.prefill.joules).toBeCloseTo(48_000, 3);
    expect(figure?.prefill.facilityJoules).toBeCloseTo(96_000, 3);
    expect(figure?.prefill.carbonGrams).toBeUndefined();
    const [device] = pipeline.summary().devices;
    expect(device?.unattributed["unsampled"]).toBeCloseTo(48_000, 3);
    expect(device?.idleJoules).toBeCloseTo(12_000, 3);
  });

  it("keeps a device to one way of counting, and says what it leaves out", () => {
    const unread: string[] = [];
    const { pipeline } = startPipeline(
      {},
      { onUnread: (reason, count) => unread.push(`${count} ${reason}`) },
    );
    const count = (at: number, worker: Readonly<Record<string, string>>): EngineCount => ({
      source: "page",
      at: instantOfMs(T0 + at),
      prefillTokens: at,
      decodeTokens: 0,
      running: 1,
      worker: new Map(Object.entries(worker)),
    });
    pipeline.accept("metrics", "json", vllmAt(0));
    pipeline.addCounts([count(1000, { "k8s.node.name": "node-a" })]);
    pipeline.addCounts([count(1000, { "k8s.node.name": "node-z" })]);
    pipeline.addCounts([count(200_000, { "k8s.node.name": "node-a" })]);
    expect(unread).toEqual(["1 other_source", "1 unknown_worker"]);
  });
});

it("tells which part of the work is seen, by all that tell of it", () => {
  const { pipeline } = startPipeline({ sampling: { probability: 0.25 } });
  acceptCounts(pipeline);
  pipeline.addReadings(meterAt500W(0, SECONDS));
  expect(pipeline.seenFractions()).toEqual({ configuration: 0.25 });
  const hex = (i: number): string => i.toString(16).padStart(4, "0");
  for (let i = 0; i < 300; i++) {
    const body = new TextDecoder()
      .decode(
        requestOf([
          {
            id: "1",
            fromMs: i * 300,
            toMs: i * 300 + 200,
            traceState: ONE_IN_TEN,
            attributes: phaseOf("prefill", 10),
          },
        ]),
      )
      .replace("a".repeat(32), hex(i + 1).repeat(8))
      .replace("1".repeat(16), hex(i + 1).repeat(4));
    pipeline.accept("traces", "json", new TextEncoder().encode(body));
  }
  const fractions = pipeline.seenFractions();
  // 3,000 tokens are seen of the 12,000 that were counted.
  expect(fractions.counters).toBeCloseTo(0.25, 6);
  expect(fractions.tracestate).toBeCloseTo(0.1, 9);
  expect(fractions.configuration).toBe(0.25);
});

import { describe, expect, it } from "vitest";
import { meterAt500W, phaseOf, requestOf, startPipeline, T0 } from "./pipeline.test.fixture.ts";

function play(attributes: Parameters<typeof requestOf>[0][0]["attributes"] & object) {
  const { pipeline, sent } = startPipeline();
  pipeline.addReadings(meterAt500W(0, 12));
  pipeline.accept("traces", "json", requestOf([{ id: "1", attributes }]));
  pipeline.finish(T0 + 60_000);
  return { pipeline, sent, phase: pipeline.summary().requests[0]?.phases[0] };
}

describe("a number of tokens", () => {
  it.each([2n ** 53n, 2n ** 62n])("of %d is refused, not taken for unknown", (tokens) => {
    const { pipeline, sent, phase } = play(phaseOf("decode", tokens));
    expect(phase).toMatchObject({ status: "missing", reason: "implausible_tokens" });
    expect(phase).not.toHaveProperty("processedTokens");
    expect(pipeline.refusedPhases).toEqual(new Map([["implausible_tokens", 1]]));
    expect(sent[0]?.attributes.get("footprint.attribution.reason")).toBe("implausible_tokens");
  });

  it("is believed below", () => {
    const { pipeline, phase } = play(phaseOf("decode", 2n ** 53n - 1n));
    expect(phase).toMatchObject({ status: "measured", processedTokens: Number.MAX_SAFE_INTEGER });
    expect(pipeline.refusedPhases.size).toBe(0);
  });

  it("is refused from vLLM too, whatever is cached", () => {
    const usage = { "gen_ai.usage.prompt_tokens": 2n ** 60n, cached_tokens: 2n ** 60n };
    const times = {
      "gen_ai.latency.time_in_model_prefill": 1,
      "gen_ai.latency.time_in_model_decode": 1,
    };
    const { pipeline } = startPipeline();
    pipeline.accept(
      "traces",
      "json",
      requestOf([{ id: "1", name: "llm_request", attributes: { ...usage, ...times } }]),
    );
    expect(pipeline.refusedPhases).toEqual(new Map([["implausible_tokens", 1]]));
  });
});

describe("a device listed twice", () => {
  const joulesOn = (ids: readonly string[], meters: readonly string[]) => {
    const { pipeline } = startPipeline();
    for (const device of meters) pipeline.addReadings(meterAt500W(0, 12, { device }));
    const attributes = phaseOf("decode", 10, {
      "footprint.device.ids": ids,
      "host.name": "node-x",
    });
    pipeline.accept("traces", "json", requestOf([{ id: "1", attributes }], { service: "other" }));
    pipeline.accept(
      "traces",
      "json",
      requestOf(
        [
          {
            id: "2",
            trace: "b",
            attributes: phaseOf("decode", 10, {
              "footprint.device.ids": ["A"],
              "host.name": "node-x",
            }),
          },
        ],
        { service: "other" },
      ),
    );
    pipeline.finish(T0 + 60_000);
    const phase = pipeline.summary().requests[0]?.phases[0];
    return { joules: phase?.energyJoules, devices: phase?.devices };
  };

  it("is one device, with the shares added", () => {
    const meters = ["node-x/A", "node-x/B"];
    expect(joulesOn(["A", "A"], meters)).toEqual(joulesOn(["A"], meters));
    // Two of three parts on A, where another phase draws three: two fifths of 5,000 J, and all of B's.
    const { joules, devices } = joulesOn(["A", "B", "A"], meters);
    expect(devices).toEqual(["A", "B"]);
    expect(joules).toBeCloseTo(2000 + 5000, 6);
  });
});

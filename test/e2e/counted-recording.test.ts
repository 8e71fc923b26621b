import { instantOf } from "@wattspan/footprint";
import { createPipeline } from "@wattspan/gateway";
import { scanMetrics } from "@wattspan/otlp";
import { expect, it } from "vitest";
import { engineDevices, enginePipeline } from "../engine-pipeline.ts";
import { requestsOf } from "../read-recordings.ts";

const RECORDING = "dynamo-vllm-disagg";
const WATTS = 270;

it("says what tokens took from the metrics that vLLM in Dynamo sent, without a trace", () => {
  const waits = { lingerMs: 10_000, holdMs: 300_000, exportDelayMs: 5000 };
  const unread: string[] = [];
  const pipeline = createPipeline(
    enginePipeline(waits),
    () => true,
    () => 0,
    { onUnread: (reason) => unread.push(reason) },
  );
  const bodies = requestsOf(RECORDING, "metrics");
  const times = bodies.flatMap((body) =>
    scanMetrics(body, "protobuf", () => true).map(({ timeUnixNano }) => timeUnixNano),
  );
  const first = times.reduce((a, b) => (a < b ? a : b)) / 1_000_000_000n;
  const last = times.reduce((a, b) => (a > b ? a : b)) / 1_000_000_000n + 1n;
  for (const body of bodies) {
    expect(pipeline.accept("metrics", "protobuf", body).status).toBe("accepted");
  }
  for (const device of engineDevices) {
    for (let second = first; second <= last; second++) {
      const value = Number(second - first) * WATTS;
      const at = instantOf(second * 1_000_000_000n);
      pipeline.addReadings([{ device, kind: "counter", value, at }]);
    }
  }
  const { fleet, devices } = pipeline.summary();
  expect(unread).toEqual([]);
  const prefill = fleet.find(({ pool }) => pool === "prefill");
  // Between two exports, 15 s apart, the prefill worker computed 256 tokens; its two devices drew 200 W each above idle.
  expect(prefill).toMatchObject({ model: "tiny-vllm", zone: "FR", decode: { tokens: 0 } });
  expect(prefill?.prefill.tokens).toBeCloseTo(256, 6);
  // What a reading's interval shares with the edge of the counted time is taken for work.
  expect(prefill?.prefill.joules).toBeGreaterThanOrEqual(2 * 15 * 200);
  expect(prefill?.prefill.joules).toBeLessThanOrEqual(2 * 16 * 200);
  expect(prefill?.prefill.carbonGrams).toBeGreaterThan(0);
  for (const { meteredJoules, attributedJoules, idleJoules, unattributedJoules } of devices) {
    expect(attributedJoules).toBe(0);
    expect(idleJoules + unattributedJoules).toBeCloseTo(meteredJoules, 6);
  }
});

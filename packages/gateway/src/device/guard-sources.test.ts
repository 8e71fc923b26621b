import { instantOf, type MeterReading } from "@wattspan/footprint";
import { describe, expect, it } from "vitest";
import { oneDevice } from "../pipeline.test.fixture.ts";
import { createPipeline } from "../pipeline.ts";
import { createSourceGuard } from "./guard-sources.ts";

const T0 = 1_795_000_020_000;
const at = (second: number) => instantOf(BigInt(T0 + second * 1000) * 1_000_000n);

const reading = (second: number, value: number, kind: MeterReading["kind"] = "counter") => ({
  device: "node-a/GPU-1",
  kind,
  value,
  at: at(second),
});

function otlpBody(second: number, joules: number): Uint8Array {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const point = {
    timeUnixNano: `${T0 + second * 1000}000000`,
    asDouble: joules,
    attributes: [attribute("hw.id", "GPU-1"), attribute("hw.type", "gpu")],
  };
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point] };
  const resource = { attributes: [attribute("host.name", "node-a")] };
  const scopeMetrics = [{ metrics: [{ name: "hw.energy", unit: "J", sum }] }];
  return Buffer.from(JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics }] }));
}

function start() {
  const unread: Record<string, number> = {};
  const pipeline = createPipeline(
    {
      ...oneDevice,
      nodes: [{ name: "node-a", aliases: [], devices: [{ id: "GPU-1" }] }],
      join: { ...oneDevice.join, exportDelayMs: 0 },
    },
    () => true,
    () => T0,
    {
      onUnread(reason, count) {
        unread[reason] = (unread[reason] ?? 0) + count;
      },
    },
  );
  const metered = (): number => pipeline.summary().totals.meteredJoules;
  return { pipeline, unread, metered };
}

describe("one device by two ways", () => {
  it("is metered once, by the way that came first; the other is counted", () => {
    const { pipeline, unread, metered } = start();
    for (let second = 0; second <= 100; second += 10) {
      pipeline.addReadings([reading(second, 1e6 + 500 * second)]);
      // The same counter, 3 s later by a clock of its own.
      if (second % 20 === 0)
        pipeline.accept("metrics", "json", otlpBody(second + 3, 1e6 + 500 * second));
    }
    expect(metered()).toBe(50_000);
    expect(unread).toEqual({ other_source: 6 });
  });

  it("goes to the other after three minutes of silence, without the joules in between", () => {
    const { pipeline, unread, metered } = start();
    for (let second = 0; second <= 60; second += 10) {
      pipeline.accept("metrics", "json", otlpBody(second, 200 * second));
    }
    // As much as 3e9 J above the first counter: no interval of theirs.
    for (let second = 70; second <= 340; second += 10) {
      pipeline.addReadings([reading(second, 3e9 + 300 * second)]);
    }
    // 60 s at 200 W; then from 250 s, the first more than 180 s after 60 s, to 340 s at 300 W.
    expect(metered()).toBe(60 * 200 + 90 * 300);
    expect(unread).toEqual({ other_source: 18 });
    // The first is back: now it is the other.
    pipeline.accept("metrics", "json", otlpBody(350, 200 * 350));
    expect(unread).toEqual({ other_source: 19 });
  });
});

describe("createSourceGuard", () => {
  it("leaves devices and the readings of one source alone", () => {
    const guard = createSourceGuard();
    const readings = [reading(0, 5), { ...reading(0, 7), device: "node-a/GPU-2" }, reading(900, 9)];
    expect(guard(readings.slice(0, 1), "own")).toEqual({
      passed: readings.slice(0, 1),
      refused: 0,
    });
    expect(guard(readings.slice(1, 2), "otlp")).toEqual({
      passed: readings.slice(1, 2),
      refused: 0,
    });
    expect(guard(readings.slice(2), "own")).toEqual({ passed: readings.slice(2), refused: 0 });
  });

  it("lets nothing through that is from before a device changed hands, and shifts counters only", () => {
    const guard = createSourceGuard();
    guard([reading(0, 5)], "own");
    const taken = guard(
      [reading(200, 70), reading(190, 60), reading(210, 90), reading(210, 41, "power")],
      "otlp",
    );
    expect(taken.passed.map(({ value }) => value)).toEqual([0, 20, 41]);
    expect(taken.refused).toBe(1);
  });
});

import { addNs, instantOfMs } from "@wattspan/footprint";
import { createPipeline } from "@wattspan/gateway";
import { createFallback, createLiveIntensity, createStaticIntensity } from "@wattspan/sources";
import { expect, it } from "vitest";
import { fileConfig } from "./config/config.ts";
import { resolvePipeline } from "./config/resolve-pipeline.ts";

const T0 = Date.parse("2026-06-01T10:00:00Z");
const MINUTE_MS = 60_000;

it("blocks and drops no span while a provider does not answer for an hour, and gives none of them 0 g", async () => {
  let asked = 0;
  const live = createLiveIntensity({
    now: () => T0,
    provider: {
      series: {
        provider: "electricity_maps",
        signal: "average",
        basis: "lifecycle",
        mix: "consumption",
        datasetVersion: "v3",
        licence: "contract",
        isRedistributable: false,
      },
      stepMs: 3_600_000,
      longestRangeMs: 240 * 3_600_000,
      // It never answers at all.
      range: () => {
        asked++;
        return new Promise(() => {});
      },
    },
  });
  const config = fileConfig.parse({
    nodes: [{ name: "node-a", zone: "FR", pue: 1.2, devices: [{ id: "GPU-1", max_watts: 700 }] }],
    join: { linger: "1s", export_delay: "0s" },
  });
  const options = resolvePipeline(config, createFallback([live, createStaticIntensity()]));
  let nowMs = T0;
  let left = 0;
  const delays: number[] = [];
  const grams: (number | undefined)[] = [];
  const pipeline = createPipeline(
    options,
    (signal) => {
      if (signal === "traces") left++;
      return true;
    },
    () => nowMs,
    {
      onReleased: ({ gramsCo2e, factor }, delayMs) => {
        delays.push(delayMs);
        grams.push(factor?.tier === "yearly_zone" ? gramsCo2e : undefined);
      },
    },
  );
  void live.refresh(["FR"], instantOfMs(T0 - 7_200_000), instantOfMs(T0));
  await expect.poll(() => asked).toBe(1);
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  for (let minute = 0; minute < 60; minute++) {
    const start = T0 + minute * MINUTE_MS;
    const span = {
      traceId: minute.toString(16).padStart(32, "a"),
      spanId: minute.toString(16).padStart(16, "b"),
      name: "decode",
      startTimeUnixNano: `${start}000000`,
      endTimeUnixNano: `${start + 10_000}000000`,
      attributes: [
        text("footprint.inference.phase", "decode"),
        { key: "footprint.inference.processed_tokens", value: { intValue: 10 } },
      ],
    };
    const resource = { attributes: [text("host.name", "node-a")] };
    const body = { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] };
    for (let second = 0; second < 60; second += 5) {
      nowMs = start + second * 1000;
      const at = addNs(instantOfMs(T0), (nowMs - T0) * 1e6);
      const value = ((nowMs - T0) / 1000) * 300;
      pipeline.addReadings([{ device: "node-a/GPU-1", kind: "counter", value, at }]);
      if (second === 15) pipeline.accept("traces", "json", Buffer.from(JSON.stringify(body)));
      pipeline.tick(nowMs);
    }
  }
  expect([left, delays.length, pipeline.heldCount]).toEqual([60, 60, 0]);
  expect(Math.max(...delays)).toBeLessThan(50_000);
  // 300 W over ten seconds at the year's average of the zone.
  const [first = Number.NaN] = grams;
  expect(first).toBeGreaterThan(0.01);
  for (const one of grams) expect(one).toBeCloseTo(first, 9);
});

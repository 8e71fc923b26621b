import { instantOf, type MeterReading, unixNanoOf } from "@wattspan/footprint";
import { createPipeline, type Summary } from "@wattspan/gateway";
import { describe, expect, it } from "vitest";
import { engineDevices, enginePipeline } from "../engine-pipeline.ts";
import { jsonLinesOf, recordingNames, requestsOf } from "../read-recordings.ts";

const WATTS = 500;

const options = enginePipeline({ lingerMs: 10_000, holdMs: 300_000, exportDelayMs: 5000 });

type Step = { readonly body: Uint8Array } | { readonly reading: MeterReading };

function stepsOf(folder: string): Step[] {
  const bodies = requestsOf(folder, "traces").map((body) => ({ body }));
  const text = jsonLinesOf(folder).join("\n");
  const times = [...text.matchAll(/TimeUnixNano": ?"(\d{19})/g)].map((found) =>
    BigInt(found[1] ?? 0),
  );
  const first = times.reduce((a, b) => (a < b ? a : b));
  const last = times.reduce((a, b) => (a > b ? a : b));
  const readings: Step[] = [];
  for (const device of engineDevices) {
    let joules = 100;
    for (let at = first - 500_000_000n; at <= last + 1_000_000_000n; at += 500_000_000n) {
      readings.push({ reading: { device, kind: "counter", value: joules, at: instantOf(at) } });
      joules += WATTS / 2;
    }
  }
  return [...bodies, ...readings];
}

/** Plays the steps as if all of them arrived in the second after the recording. */
function play(steps: readonly Step[], tickEvery = 0): Summary {
  const nowMs = Math.max(...steps.map((step) => ("body" in step ? 0 : msOf(step.reading)))) + 1000;
  const pipeline = createPipeline(
    options,
    () => true,
    () => nowMs,
  );
  steps.forEach((step, index) => {
    if ("body" in step) pipeline.accept("traces", "protobuf", step.body);
    else pipeline.addReadings([step.reading]);
    if (tickEvery > 0 && index % tickEvery === 0) pipeline.tick(nowMs);
  });
  pipeline.finish(nowMs);
  return pipeline.summary();
}

const msOf = ({ at }: MeterReading): number => Number(unixNanoOf(at) / 1_000_000n);

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const copy = [...items];
  let state = seed;
  for (let i = copy.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = state % (i + 1);
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

const finalFigures = (summary: Summary): string => JSON.stringify({ ...summary, restatements: [] });

describe("recordings of real engines, constant-power meters", () => {
  it.each(recordingNames)("%s: every joule is accounted for once, whatever the order", (folder) => {
    const steps = stepsOf(folder);
    const summary = play(steps);
    for (const device of summary.devices) {
      const parts = device.attributedJoules + device.idleJoules + device.unattributedJoules;
      expect(Math.abs(device.meteredJoules - parts)).toBeLessThan(1e-9 * device.meteredJoules);
    }
    const charged = summary.requests
      .flatMap((request) => request.phases)
      .reduce((sum, phase) => sum + (phase.energyJoules ?? 0), 0);
    expect(charged).toBeCloseTo(summary.totals.attributedJoules, 6);
    const ids = summary.requests.map(({ traceId, requestId }) => `${traceId} ${requestId}`);
    expect(new Set(ids).size).toBe(ids.length);
    expect(summary.requests.length).toBeGreaterThan(0);
    expect(charged).toBeGreaterThan(0);
    for (const phase of summary.requests.flatMap((request) => request.phases)) {
      if (phase.phase === "kv_transfer") {
        expect(phase.energyJoules ?? 0).toBe(0);
        continue;
      }
      expect(phase.lowerJoules).toBeLessThanOrEqual(phase.energyJoules ?? Number.NaN);
      expect(phase.upperJoules).toBeGreaterThanOrEqual(phase.energyJoules ?? Number.NaN);
      expect(phase.carbonGrams).toBeGreaterThan(0);
    }
    const expected = finalFigures(summary);
    for (let seed = 1; seed <= 5; seed++) {
      const isSame = finalFigures(play(shuffled(steps, seed), 40)) === expected;
      expect(isSame, `seed ${seed} gives other figures`).toBe(true);
    }
  });
});

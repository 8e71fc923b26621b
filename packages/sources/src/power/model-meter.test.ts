import type { Instant } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { createModelMeter } from "./model-meter.ts";
import { createRecordedSink } from "./recorded-sink.test.fixture.ts";

const at = (seconds: number): Instant => ({ epoch: 29_400_000, ns: seconds * 1e9 });

it("draws idle power, and 70 % of the rest while a phase is open, labelled as a model's", async () => {
  let seconds = 0;
  const meter = createModelMeter({
    devices: [{ id: "G", model: "H100-SXM" }, { id: "X" }],
    now: () => at(seconds),
  });
  const sink = createRecordedSink();
  meter.start(sink);
  meter.noteOpenPhases?.(1, at(10));
  meter.noteOpenPhases?.(2, at(11));
  meter.noteOpenPhases?.(0, at(12));
  seconds = 20;
  await meter.flush();
  await meter.shutdown();
  expect(new Set(sink.readings.map(({ id }) => id))).toEqual(new Set(["G"]));
  expect(sink.readings.every(({ modelled }) => modelled === true)).toBe(true);
  expect(sink.readings.at(-1)?.value).toBeCloseTo(20 * 70 + 2 * 0.7 * (700 - 70), 9);
  const values = sink.readings.map(({ value }) => value);
  expect(values).toEqual([...values].sort((a, b) => a - b));
});

it("says so where no device has a known power, and never goes back with the clock", async () => {
  const lost = createRecordedSink();
  createModelMeter({ devices: [{ id: "X" }] }).start(lost);
  expect(lost.states).toEqual(["lost: no device has a known model or maximum power"]);
  let seconds = 30;
  const sink = createRecordedSink();
  const meter = createModelMeter({ devices: [{ id: "C", maxWatts: 100 }], now: () => at(seconds) });
  meter.start(sink);
  seconds = 20;
  await meter.flush();
  expect(sink.readings).toHaveLength(1);
  seconds = 40;
  await meter.flush();
  await meter.shutdown();
  expect(sink.readings.at(-1)?.value).toBeCloseTo(150, 9);
});

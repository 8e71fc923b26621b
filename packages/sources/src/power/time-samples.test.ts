import { elapsedNs, type Instant } from "@wattspan/footprint";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSampleTimer, type SampleTime, type SampleTimer } from "./time-samples.ts";

const at = (seconds: number): Instant => ({ epoch: 29_000_000, ns: Math.round(seconds * 1e9) });
const secondsOf = (time: SampleTime | undefined): readonly number[] | undefined =>
  time && [elapsedNs(at(0), time.earliest) / 1e9, elapsedNs(at(0), time.at) / 1e9];

/** Looks at once: asked and answered in the same moment. */
const look = (timer: SampleTimer, value: number, seconds: number): readonly number[] | undefined =>
  secondsOf(timer.take(value, at(seconds), at(seconds)));

describe("a counter behind a cache of 30 s", () => {
  it("has its first value from up to 30 s ago", () => {
    expect(look(createSampleTimer("counter", 30_000), 100, 40)).toEqual([10, 40]);
  });

  it("changed since the last look that showed the old value, from when that was asked for", () => {
    const timer = createSampleTimer("counter", 30_000);
    timer.take(100, at(0), at(1));
    expect(timer.take(100, at(5), at(6))).toBeUndefined();
    expect(secondsOf(timer.take(200, at(10), at(11)))).toEqual([5, 11]);
  });

  it("is not older than the cache, however long nobody looked", () => {
    const timer = createSampleTimer("counter", 30_000);
    look(timer, 100, 0);
    expect(look(timer, 200, 300)).toEqual([270, 300]);
  });

  it("gives a fall on: the reset is the series' to see", () => {
    const timer = createSampleTimer("counter", 30_000);
    look(timer, 100, 0);
    expect(look(timer, 3, 5)).toEqual([0, 5]);
  });

  it("takes no notice of looks that come late or twice", () => {
    const timer = createSampleTimer("counter", 30_000);
    look(timer, 100, 10);
    expect(look(timer, 50, 5)).toBeUndefined();
    expect(look(timer, 200, 10)).toBeUndefined();
    expect(look(timer, 200, 15)).toEqual([10, 15]);
  });
});

it("takes an unchanged power again once the cache must have been renewed", () => {
  const timer = createSampleTimer("power", 30_000);
  expect(look(timer, 70, 0)).toEqual([-30, 0]);
  expect(look(timer, 70, 15)).toBeUndefined();
  expect(look(timer, 70, 30)).toEqual([0, 30]);
  expect(look(timer, 70, 45)).toBeUndefined();
  expect(look(timer, 71, 50)).toEqual([45, 50]);
});

it("reaches back further where a power is a mean over a window", () => {
  const timer = createSampleTimer("power", 30_000, 1100);
  expect(look(timer, 70, 60)).toEqual([28.9, 60]);
  expect(look(timer, 71, 65)).toEqual([58.9, 65]);
});

it("always holds the true time, whatever the cadences of cache and looks", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 0, max: 39 }),
      (periodSeconds, pauses, phase) => {
        const timer = createSampleTimer("counter", periodSeconds * 1000);
        let now = 100;
        for (const pause of pauses) {
          now += pause;
          const measured = Math.floor((now - phase) / periodSeconds) * periodSeconds + phase;
          // A counter that grows by one a second: its value is the time that it was measured at.
          const time = look(timer, measured, now);
          if (time === undefined) continue;
          expect(time[0]).toBeLessThanOrEqual(measured);
          expect(time[1]).toBeGreaterThanOrEqual(measured);
        }
      },
    ),
  );
});

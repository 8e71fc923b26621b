import { addNs, createLedger, deviceKey, type Instant } from "@wattspan/footprint";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createSampleTimer } from "./time-samples.ts";

const START: Instant = { epoch: 29_000_000, ns: 0 };
/** Times are rounded to whole nanoseconds, at both ends of the phase and of the readings. */
const SLACK_JOULES = 1e-5;
const SECONDS = 180;
const MAX_WATTS = 700;
const at = (seconds: number): Instant => addNs(START, Math.round(seconds * 1e9));

/** Joules drawn from the start until `seconds`, by the power of each second. */
function joulesUntil(watts: readonly number[], seconds: number): number {
  const whole = Math.floor(seconds);
  const sum = watts.slice(0, whole).reduce((joules, one) => joules + one, 0);
  return sum + (watts[whole] ?? 0) * (seconds - whole);
}

const scene = fc.record({
  /** Blocks of ten seconds, so that idle and busy stretches differ from the mean. */
  blocks: fc.array(fc.integer({ min: 50, max: MAX_WATTS }), {
    minLength: SECONDS / 10,
    maxLength: SECONDS / 10,
  }),
  renewSeconds: fc.integer({ min: 1, max: 30 }),
  renewPhase: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  lookSeconds: fc.integer({ min: 1, max: 40 }),
  from: fc.double({ min: 60, max: 90, noNaN: true }),
  length: fc.double({ min: 0.05, max: 25, noNaN: true }),
});

it("bounds what a phase really drew, behind a cache of any cadence and looks of any other", () => {
  let judged = 0;
  fc.assert(
    fc.property(scene, ({ blocks, renewSeconds, renewPhase, lookSeconds, from, length }) => {
      const watts = blocks.flatMap((one) => new Array<number>(10).fill(one));
      const ledger = createLedger({
        maxCounterGapNs: 600e9,
        maxPowerGapNs: 120e9,
        maxClockSkewNs: 0,
        gainError: 0,
        maxPhaseNs: 600e9,
        keepNs: 1200e9,
      });
      const device = deviceKey("node", "gpu");
      ledger.addDevice({ key: device, node: "node", id: "gpu", maxWatts: MAX_WATTS });
      const timer = createSampleTimer("counter", renewSeconds * 1000);
      for (let now = renewSeconds + 1; now < SECONDS; now += lookSeconds) {
        const measured =
          Math.floor(now / renewSeconds - renewPhase) * renewSeconds + renewPhase * renewSeconds;
        const value = 1000 + joulesUntil(watts, measured);
        const time = timer.take(value, at(now), at(now));
        if (time !== undefined) ledger.addReading({ device, kind: "counter", value, ...time });
      }
      const handle = ledger.upsertPhase({
        idHigh: 0,
        idLow: 1,
        start: at(from),
        end: at(from + length),
        weight: 1,
        devices: [{ device, share: 1 }],
      });
      const energy = ledger.energyOf(handle as number);
      if (energy === undefined || energy.coverage < 1) return;
      judged++;
      const truth = joulesUntil(watts, from + length) - joulesUntil(watts, from);
      expect(energy.lowerJoules).toBeLessThanOrEqual(truth + SLACK_JOULES);
      expect(energy.upperJoules).toBeGreaterThanOrEqual(truth - SLACK_JOULES);
      expect(energy.energyJoules).toBeGreaterThanOrEqual(energy.lowerJoules - SLACK_JOULES);
      expect(energy.energyJoules).toBeLessThanOrEqual(energy.upperJoules + SLACK_JOULES);
    }),
    { numRuns: 1000 },
  );
  expect(judged).toBeGreaterThan(100);
});

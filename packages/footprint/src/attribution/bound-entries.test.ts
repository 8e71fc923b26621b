import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addNs, type Instant } from "../instant.ts";
import type { IdlePolicy, TimeShape } from "../policies.ts";
import { createLedgerById, type LedgerById } from "./ledger-by-id.test.maker.ts";

const SECOND = 1e9;
const start: Instant = { epoch: 30_000_000, ns: 0 };
const at = (seconds: number): Instant => addNs(start, Math.round(seconds * SECOND));
const LENGTH = 180;
const IDLE = 75;
const MAX = 700;

interface Work {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

interface Curve {
  readonly works: readonly Work[];
  /** Power of every whole second, W. */
  readonly watts: readonly number[];
  /** Times of the readings, s. */
  readonly times: readonly number[];
  readonly idleWatts: number | undefined;
  readonly maxWatts: number | undefined;
  readonly idlePolicy: IdlePolicy;
  readonly timeShape: TimeShape;
}

const curves: fc.Arbitrary<Curve> = fc.record({
  works: fc.array(
    fc
      .record({
        from: fc.integer({ min: 0, max: LENGTH - 2 }),
        length: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 170 })),
        weight: fc.integer({ min: 1, max: 300 }),
      })
      .map(({ from, length, weight }) => ({ from, to: Math.min(LENGTH, from + length), weight })),
    { minLength: 1, maxLength: 8 },
  ),
  watts: fc.array(fc.oneof(fc.integer({ min: IDLE, max: MAX }), fc.constantFrom(IDLE, MAX)), {
    minLength: LENGTH,
    maxLength: LENGTH,
  }),
  times: fc
    .uniqueArray(fc.integer({ min: 1, max: LENGTH - 1 }), { maxLength: 15 })
    .map((times) => [0, ...times.sort((a, b) => a - b), LENGTH]),
  idleWatts: fc.constantFrom(undefined, IDLE),
  maxWatts: fc.constantFrom(undefined, MAX),
  idlePolicy: fc.constantFrom<IdlePolicy>("separate", "shared", "included"),
  timeShape: fc.constantFrom<TimeShape>("busy", "uniform"),
});

/** The same weight rule on the true power, second by second. */
function truthOf(curve: Curve, work: Work): number {
  const { works, watts, idleWatts, idlePolicy } = curve;
  const policy = idleWatts === undefined ? "included" : idlePolicy;
  const idle = policy === "included" ? 0 : IDLE;
  const rateOf = ({ from, to, weight }: Work): number => weight / (to - from);
  let joules = 0;
  for (let second = work.from; second < work.to; second++) {
    const open = works.filter(({ from, to }) => from <= second && second < to);
    const load = open.reduce((sum, one) => sum + rateOf(one), 0);
    const power = watts[second] as number;
    joules += (Math.max(0, power - idle) * rateOf(work)) / load;
    if (policy === "shared") joules += Math.min(power, idle) / open.length;
  }
  return joules;
}

function ledgerOf(curve: Curve, skewSeconds = 0, shift = 0, rangeSeconds = 0): LedgerById {
  const { idleWatts, maxWatts, idlePolicy, timeShape } = curve;
  const ledger = createLedgerById({
    idlePolicy,
    timeShape,
    maxCounterGapNs: 600 * SECOND,
    maxPowerGapNs: 120 * SECOND,
    maxClockSkewNs: skewSeconds * SECOND,
    gainError: 0,
    maxPhaseNs: 3600 * SECOND,
    keepNs: 4200 * SECOND,
  });
  ledger.addDevice({
    key: "n/a",
    node: "n",
    id: "a",
    ...(idleWatts === undefined ? {} : { idleWatts }),
    ...(maxWatts === undefined ? {} : { maxWatts }),
  });
  let joules = 1000;
  let second = 0;
  for (const time of curve.times) {
    for (; second < time; second++) joules += curve.watts[second] as number;
    const value = { device: "n/a", kind: "counter", value: joules } as const;
    const latest = time + shift + rangeSeconds / 2;
    ledger.addReading(
      rangeSeconds === 0
        ? { ...value, at: at(time + shift) }
        : { ...value, at: at(latest), earliest: at(latest - rangeSeconds) },
    );
  }
  curve.works.forEach(({ from, to, weight }, id) => {
    ledger.upsertPhase({
      idHigh: 0,
      idLow: id,
      start: at(from),
      end: at(to),
      weight,
      devices: [{ device: "n/a", share: 1 }],
    });
  });
  return ledger;
}

function expectTruthInside(curve: Curve, ledger: LedgerById): void {
  curve.works.forEach((work, id) => {
    const energy = ledger.energyOf(0, id);
    const truth = truthOf(curve, work);
    const slack = 1e-9 * truth + 1e-9;
    expect(energy?.lowerJoules).toBeLessThanOrEqual(truth + slack);
    expect(energy?.upperJoules).toBeGreaterThanOrEqual(truth - slack);
    expect(energy?.lowerJoules).toBeLessThanOrEqual(energy?.energyJoules as number);
    expect(energy?.upperJoules).toBeGreaterThanOrEqual(energy?.energyJoules as number);
  });
}

describe("boundEntries", () => {
  it("holds the truth of any power curve between idle and maximum", () => {
    fc.assert(
      fc.property(curves, (curve) => expectTruthInside(curve, ledgerOf(curve))),
      { numRuns: 200 },
    );
  });

  it("holds the truth when the meter's clock is off by up to the skew allowed for", () => {
    const shifts = fc.constantFrom(-0.9, -0.4, 0.3, 1);
    fc.assert(
      fc.property(curves, shifts, (curve, shift) => {
        // The meter must cover the phases, also as its own clock tells the time.
        const works = curve.works.map(({ from, to, weight }) => ({
          from: Math.max(2, from),
          to: Math.min(LENGTH - 2, Math.max(to, from + 3, 5)),
          weight,
        }));
        const inside = { ...curve, works: works.filter(({ from, to }) => to > from) };
        expectTruthInside(inside, ledgerOf(inside, 1, shift));
      }),
      { numRuns: 150 },
    );
  });

  it("holds the truth when readings only lie in a range of time", () => {
    fc.assert(
      fc.property(curves, fc.constantFrom(-3, 0, 2.5), (curve, shift) => {
        const works = curve.works.map(({ from, to, weight }) => ({
          from: Math.max(4, from),
          to: Math.min(LENGTH - 4, Math.max(to, from + 3, 8)),
          weight,
        }));
        const inside = { ...curve, works: works.filter(({ from, to }) => to > from) };
        expectTruthInside(inside, ledgerOf(inside, 0, shift, 6));
      }),
      { numRuns: 150 },
    );
  });

  it("are exact where an interval is one phase alone, and tight where the power is known", () => {
    const curve: Curve = {
      works: [{ from: 0, to: 60, weight: 5 }],
      watts: Array.from({ length: LENGTH }, (_, second) => 100 + second),
      times: [0, 20, 60, LENGTH],
      idleWatts: IDLE,
      maxWatts: MAX,
      idlePolicy: "separate",
      timeShape: "busy",
    };
    const energy = ledgerOf(curve).energyOf(0, 0);
    const truth = 60 * 25 + (59 * 60) / 2;
    expect(energy?.energyJoules).toBeCloseTo(truth, 6);
    expect(energy?.lowerJoules).toBeCloseTo(truth, 6);
    expect(energy?.upperJoules).toBeCloseTo(truth, 6);
  });

  it("solves an edge interval by hand: 10 s of 30 s, 75 to 700 W, 9 kJ in all", () => {
    const curve: Curve = {
      works: [{ from: 0, to: 10, weight: 1 }],
      watts: Array.from({ length: LENGTH }, () => 300),
      times: [0, 30, LENGTH],
      idleWatts: IDLE,
      maxWatts: MAX,
      idlePolicy: "separate",
      timeShape: "uniform",
    };
    const energy = ledgerOf(curve).energyOf(0, 0);
    // Spare above idle is 6,750 J; the other 20 s can take 12,500 J of it, the phase's own 10 s 6,250 J.
    expect(energy?.energyJoules).toBeCloseTo(2250, 6);
    expect(energy?.lowerJoules).toBeCloseTo(0, 6);
    expect(energy?.upperJoules).toBeCloseTo(6250, 6);
  });

  it("opens to the window's energy where the window may be waiting, and allows for the sensor's gain", () => {
    const ledger = createLedgerById({
      maxCounterGapNs: 600 * SECOND,
      maxPowerGapNs: 120 * SECOND,
      maxClockSkewNs: 0,
      gainError: 0.05,
      maxPhaseNs: 3600 * SECOND,
      keepNs: 4200 * SECOND,
    });
    [0, 10, 20].forEach((seconds, i) => {
      ledger.addReading({ device: "n/a", kind: "counter", value: i * 1000, at: at(seconds) });
    });
    const devices = [{ device: "n/a", share: 1 }];
    const shared = { idHigh: 0, start: at(0), end: at(20), weight: 1, devices };
    ledger.upsertPhase({ ...shared, idLow: 1, includesQueueing: true });
    ledger.upsertPhase({ ...shared, idLow: 2 });
    expect(ledger.energyOf(0, 1)).toMatchObject({ energyJoules: 1000, lowerJoules: 0 });
    expect(ledger.energyOf(0, 1)?.upperJoules).toBeCloseTo(2000 / 0.95, 9);
    expect(ledger.energyOf(0, 2)?.lowerJoules).toBeCloseTo(1000 / 1.05, 9);
    expect(ledger.energyOf(0, 2)?.upperJoules).toBeCloseTo(1000 / 0.95, 9);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EPOCH_NS, elapsedNs, type Instant } from "../instant.ts";
import type { MeterReading } from "./meter-reading.ts";
import { createMeterSeries, type MeterLimits } from "./meter-series.ts";

const SECOND = 1e9;
const EPOCH = 1000;
const limits: MeterLimits = {
  maxCounterGapNs: 60 * SECOND,
  maxPowerGapNs: 30 * SECOND,
  maxClockSkewNs: 0,
  maxIntervalNs: 600 * SECOND,
  maxWatts: 1000,
};

const at = (seconds: number): Instant => {
  const total = EPOCH * 60 + seconds;
  const epoch = Math.floor(total / 60);
  return { epoch, ns: Math.round((total - epoch * 60) * SECOND) };
};
const reading = (seconds: number, value: number): MeterReading => ({
  device: "n/a",
  kind: "counter",
  value,
  at: at(seconds),
});

/** `[from, to, joules]` of every interval of the epoch, seconds from its start. */
function seriesOf(
  kind: "counter" | "power",
  readings: readonly (readonly [seconds: number, value: number])[],
  more: Partial<MeterLimits> = {},
): ReturnType<typeof createMeterSeries> {
  const series = createMeterSeries(kind, { ...limits, ...more });
  for (const [seconds, value] of readings) series.add(reading(seconds, value));
  return series;
}

function rowsOf(series: ReturnType<typeof createMeterSeries>, epoch = EPOCH): number[][] {
  const { count, from, to, joules } = series.intervalsOf(epoch);
  return Array.from({ length: count }, (_, k) => [
    (from[k] as number) / SECOND,
    (to[k] as number) / SECOND,
    joules[k] as number,
  ]);
}

describe("createMeterSeries", () => {
  it("makes intervals of counter readings in any order, once each", () => {
    const series = seriesOf("counter", [
      [20, 500],
      [0, 100],
      [10, 200],
    ]);
    expect(series.add(reading(10, 200))).toBeUndefined();
    expect(series.size()).toBe(3);
    expect(rowsOf(series)).toEqual([
      [0, 10, 100],
      [10, 20, 300],
    ]);
  });

  it("joins power samples by straight lines and leaves gaps out", () => {
    const series = seriesOf("power", [
      [0, 100],
      [10, 300],
      [50, 300],
    ]);
    expect(rowsOf(series)).toEqual([[0, 10, 2000]]);
  });

  it("counts a counter's long interval as a gap", () => {
    const series = seriesOf("counter", [
      [-30, 0],
      [50, 900],
    ]);
    expect([...series.intervalsOf(EPOCH).isGap]).toEqual([1]);
  });

  it("takes an interval for as long as its reading times allow before it calls it implausible", () => {
    const ranged = (seconds: number, value: number, range: number): MeterReading => ({
      ...reading(seconds, value),
      earliest: at(seconds - range),
    });
    const series = createMeterSeries("counter", { ...limits, maxWatts: 700 });
    for (const one of [ranged(10, 0, 2), ranged(16, 5050, 2)]) series.add(one);
    // 842 W from middle to middle, at least 631 W from end to end.
    expect(rowsOf(series)).toEqual([[9, 15, 5050]]);
    series.add(ranged(22, 20_000, 2));
    expect(rowsOf(series)).toHaveLength(1);
  });

  it("does not read over a reset, an implausible jump or a stretch that is not kept", () => {
    expect(
      rowsOf(
        seriesOf("counter", [
          [0, 500],
          [10, 20],
          [20, 60],
        ]),
      ),
    ).toEqual([[10, 20, 40]]);
    expect(
      rowsOf(
        seriesOf("counter", [
          [0, 0],
          [1, 1201],
        ]),
      ),
    ).toEqual([]);
    expect(
      rowsOf(
        seriesOf("counter", [
          [-601, 0],
          [1, 10],
        ]),
      ),
    ).toEqual([]);
  });

  it("takes an unchanged counter as a repeat of what was read before", () => {
    const series = seriesOf("counter", [
      [0, 100],
      [10, 100],
      [20, 100],
      [30, 400],
      [40, 400],
    ]);
    expect(rowsOf(series)).toEqual([[0, 30, 300]]);
    expect(series.readUntil()).toEqual(at(30));
  });

  it("keeps the greatest of several readings of one time", () => {
    for (const values of [
      [150, 200],
      [200, 150],
    ]) {
      const series = seriesOf("counter", [
        [0, 100],
        [10, values[0] as number],
        [10, values[1] as number],
      ]);
      expect(rowsOf(series)).toEqual([[0, 10, 100]]);
    }
    const alone = seriesOf("counter", [
      [0, 1],
      [0, 2],
    ]);
    expect(alone.readUntil()).toBeUndefined();
  });

  it("puts a reading of unknown time in the middle of its range, and widens the interval", () => {
    const series = createMeterSeries("counter", { ...limits, maxClockSkewNs: SECOND });
    series.add(reading(0, 0));
    series.add({ ...reading(20, 500), earliest: at(10) });
    series.add({ ...reading(30, 600), earliest: at(40) });
    const { from, to, earliest, latest } = series.intervalsOf(EPOCH);
    expect([...from].map((ns) => ns / SECOND)).toEqual([0, 15]);
    expect([...to].map((ns) => ns / SECOND)).toEqual([15, 30]);
    expect([...earliest].map((ns) => ns / SECOND)).toEqual([-1, 9]);
    expect([...latest].map((ns) => ns / SECOND)).toEqual([21, 31]);
  });

  it("gives whole intervals that straddle an epoch to both, and none that only touch it", () => {
    const series = seriesOf("counter", [
      [-10, 0],
      [0, 10],
      [50, 60],
      [70, 80],
    ]);
    expect(rowsOf(series)).toEqual([
      [0, 50, 50],
      [50, 70, 20],
    ]);
    expect(rowsOf(series, EPOCH + 1)).toEqual([[-10, 10, 20]]);
  });

  it("keeps the reading that the first kept interval starts from", () => {
    const series = seriesOf("counter", [
      [-20, 0],
      [-10, 5],
      [10, 25],
      [20, 30],
    ]);
    series.dropBefore(at(0));
    expect(series.first()).toEqual(at(-10));
    expect(rowsOf(series)).toEqual([
      [-10, 10, 20],
      [10, 20, 5],
    ]);
  });

  it("reports a stretch that holds every interval it changed", () => {
    const point = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 6 }));
    fc.assert(
      fc.property(fc.array(point, { maxLength: 12 }), point, (points, [seconds, value]) => {
        const series = seriesOf("counter", points);
        const epochs = [-1, 0, 1, 2, 3, 4].map((epoch) => EPOCH + epoch);
        const absolute = (): Map<string, number[]> =>
          new Map(
            epochs.flatMap((epoch) =>
              rowsOf(series, epoch).map(([from, to, joules]): [string, number[]] => {
                const shift = (epoch - EPOCH) * 60;
                const row = [(from as number) + shift, (to as number) + shift, joules as number];
                return [row.join(), row];
              }),
            ),
          );
        const before = absolute();
        const stretch = series.add(reading(seconds, value));
        const after = absolute();
        const changed = [
          ...[...before].filter(([key]) => !after.has(key)),
          ...[...after].filter(([key]) => !before.has(key)),
        ];
        if (stretch === undefined) expect(changed).toEqual([]);
        for (const [, [from, to]] of changed) {
          const start = stretch as { from: Instant; to: Instant };
          expect(elapsedNs(at(0), start.from)).toBeLessThanOrEqual((from as number) * SECOND);
          expect(elapsedNs(at(0), start.to)).toBeGreaterThanOrEqual((to as number) * SECOND);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("does not depend on the order of readings", () => {
    const point = fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(
        fc.array(point, { maxLength: 20 }),
        fc.infiniteStream(fc.nat()),
        (points, keys) => {
          const shuffled = points
            .map((one) => ({ one, key: keys.next().value }))
            .sort((a, b) => a.key - b.key)
            .map(({ one }) => one);
          const left = seriesOf("counter", points);
          const right = seriesOf("counter", shuffled);
          expect(left.intervalsOf(EPOCH)).toEqual(right.intervalsOf(EPOCH));
          expect(left.readUntil()).toEqual(right.readUntil());
        },
      ),
      { numRuns: 100 },
    );
  });

  it("stores months of distance exactly", () => {
    const series = createMeterSeries("counter", {
      ...limits,
      maxIntervalNs: EPOCH_NS,
      maxWatts: Infinity,
    });
    series.add({ ...reading(0, 1), at: { epoch: 28_000_000, ns: 1 } });
    series.add({ ...reading(0, 2), at: { epoch: 29_999_999, ns: 59_999_999_999 } });
    series.add({ ...reading(0, 3), at: { epoch: 30_000_000, ns: 7 } });
    const { from, to, count } = series.intervalsOf(30_000_000);
    expect([count, from[0], to[0]]).toEqual([1, -1, 7]);
  });
});

import { expect, it } from "vitest";
import { meterAt500W, phaseOf, requestOf, startPipeline, T0 } from "../pipeline.test.fixture.ts";

function start() {
  const released: string[] = [];
  const finals: (number | undefined)[] = [];
  const corrections: number[] = [];
  const started = startPipeline(
    {},
    {
      onReleased: ({ status }, delayMs) => released.push(`${status} ${delayMs}`),
      onFinal: ({ footprint }) => finals.push(footprint.energy?.energyJoules),
      onCorrected: (_, { energyJoules }) => corrections.push(energyJoules),
    },
  );
  const { pipeline } = started;
  const work = (trace: string, tokens: number) =>
    pipeline.accept(
      "traces",
      "json",
      requestOf([{ id: "2", trace, attributes: phaseOf("decode", tokens) }]),
    );
  return { ...started, released, finals, corrections, work };
}

it("tells of a phase once, and of each later change as the difference to what was told before", () => {
  const { pipeline, finals, corrections, released, work } = start();
  pipeline.addReadings(meterAt500W(0, 12));
  work("a", 10);
  pipeline.tick(T0 + 40_000);
  expect([finals, released]).toEqual([[4000], ["measured 30000"]]);
  work("b", 10);
  pipeline.tick(T0 + 60_000);
  expect([finals, corrections]).toEqual([[4000, 2000], [-2000]]);
  work("c", 20);
  // Something more of the first trace makes it look at its figures again.
  pipeline.accept("traces", "json", requestOf([{ id: "4", name: "http-request" }]));
  pipeline.tick(T0 + 80_000);
  pipeline.tick(T0 + 100_000);
  expect([finals, corrections]).toEqual([
    [4000, 2000, 2000],
    [-2000, -1000, -1000],
  ]);
  const told = [...finals, ...corrections].reduce<number>((sum, joules) => sum + (joules ?? 0), 0);
  const { requests, restatements, totals } = pipeline.summary();
  expect(requests).toHaveLength(3);
  expect(told).toBeCloseTo(totals.attributedJoules, 6);
  expect(restatements.map(({ revision }) => revision)).toEqual([1, 1, 2]);
});

it("tells of a provisional figure when it is final, with what it is then", () => {
  const { pipeline, clock, finals, corrections, released, work } = start();
  const [first, ...others] = meterAt500W(0, 12);
  clock.nowMs = T0 + 1000;
  pipeline.addReadings(first === undefined ? [] : [first]);
  // A meter that is half a minute late is waited for longer than the trace is held.
  clock.nowMs = T0 + 31_000;
  pipeline.addReadings(others.slice(0, 5));
  work("a", 10);
  pipeline.tick(T0 + 51_000);
  expect([released, finals]).toEqual([["partial 41000"], []]);
  clock.nowMs = T0 + 52_000;
  pipeline.addReadings(others.slice(5));
  pipeline.tick(T0 + 72_000);
  expect(finals).toEqual([expect.closeTo(4000, 6)]);
  expect(corrections).toEqual([]);
  expect(pipeline.summary().restatements).toHaveLength(1);
});

import { describe, expect, it } from "vitest";
import { rollUp } from "../roll-up.ts";
import type { LedgerById } from "./ledger-by-id.test.maker.ts";
import {
  callsOf,
  check,
  emptyLedger,
  energiesOf,
  figureOf,
  figuresOf,
  footprintIn,
  isClose,
  meterReadingOf,
  ORIGIN,
  play,
  playShifted,
  sumOf,
  totalOf,
  type Work,
} from "./scene.test.maker.ts";

const EPOCH_MS = 60_000;

describe("attribution", () => {
  it("1 conserves: requests, idle and unattributed energy are what was metered", () => {
    check(150, (scene) => {
      const ledger = play(scene);
      for (const balance of ledger.balances()) {
        const { meteredJoules, attributedJoules, unattributed } = balance;
        const idle = balance.idleOpenJoules + balance.idleEmptyJoules;
        const total = sumOf([attributedJoules, idle, ...Object.values(unattributed)]);
        expect(isClose(total, meteredJoules, meteredJoules)).toBe(true);
      }
      const attributed = sumOf(ledger.balances().map((balance) => balance.attributedJoules));
      const charged = sumOf(energiesOf(ledger, scene.works));
      expect(isClose(charged, attributed, attributed)).toBe(true);
    });
  });

  it("2 never gives a negative or undefined figure, resets of the counter included", () => {
    check(150, (scene, number) => {
      const from = number % scene.readings.length;
      const reset = scene.readings.map((one, i) => ({ ...one, joules: i < from ? one.joules : i }));
      for (const readings of [scene.readings, reset]) {
        const ledger = play({ ...scene, readings });
        for (const work of scene.works) {
          const { devices, upperJoules, ...figures } = ledger.energyOf(1, work.id) ?? {};
          expect(Object.values(figures).every((one) => one >= 0 && one < Infinity)).toBe(true);
          expect(upperJoules).toBeGreaterThanOrEqual(0);
          expect(devices?.every(({ slices }) => slices.every(({ joules }) => joules >= 0))).toBe(
            true,
          );
        }
        for (const { node, device, isModelled, unattributed, ...joules } of ledger.balances()) {
          const figures = [...Object.values(joules), ...Object.values(unattributed)];
          expect(figures.every((one) => one >= 0 && one < Infinity)).toBe(true);
        }
      }
    });
  });

  it("3 is additive over time: finer windows add up to coarser ones and to the whole", () => {
    check(100, (scene, number, keys) => {
      const coarse = 1 + (number % (EPOCH_MS - 1));
      const fine = [coarse, ...[1, 2, 3].map(() => 1 + (keys.next().value % (EPOCH_MS - 1)))];
      const ascending = [...new Set(fine)].sort((a, b) => a - b);
      const total = totalOf(play(scene));
      const [whole, halves, pieces] = [[], [coarse], ascending].map((cuts) =>
        play(scene, ORIGIN, { cutsOf: () => cuts.map((ms) => ms * 1e6) }),
      ) as [LedgerById, LedgerById, LedgerById];
      const until = (ledger: LedgerById, work: Work, ms: number): number =>
        sumOf(
          (ledger.energyOf(1, work.id)?.devices ?? [])
            .flatMap(({ slices }) => slices)
            .map(({ ns, joules }) => (ns < ms * 1e6 ? joules : 0)),
        );
      for (const work of scene.works) {
        for (const cut of [halves, pieces]) {
          expect(isClose(until(cut, work, EPOCH_MS), figureOf(whole, work), total)).toBe(true);
          expect(isClose(figureOf(cut, work), figureOf(whole, work), total)).toBe(true);
        }
        expect(isClose(until(pieces, work, coarse), until(halves, work, coarse), total)).toBe(true);
      }
    });
  });

  it("4 does not depend on order or repetition, to the last bit, asked in between", () => {
    check(250, (scene, _, keys) => {
      const steps = callsOf(scene).map((call) => ({ call, key: keys.next().value as number }));
      steps.sort((a, b) => a.key - b.key);
      const shuffled = emptyLedger(scene.terms);
      for (const { call, key } of steps) {
        call(shuffled);
        const id = key % 20;
        shuffled.energyOf(1, id);
        if (id === 0) shuffled.balances();
        if (id === 1) call(shuffled);
      }
      expect(figuresOf(shuffled, scene) === figuresOf(play(scene), scene)).toBe(true);
    });
  });

  it("5 is symmetric: equal phases get equal shares, and names do not matter", () => {
    check(80, (scene) => {
      const ledger = play(scene);
      const others = scene.works.map((work) => ({ ...work, id: 500 - work.id }));
      const renamed = play({ ...scene, works: others });
      const twins = play({ ...scene, works: [...scene.works, ...others] });
      scene.works.forEach((work, i) => {
        const other = others[i] as Work;
        expect(isClose(figureOf(renamed, other), figureOf(ledger, work), totalOf(ledger))).toBe(
          true,
        );
        expect(figureOf(twins, work)).toBe(figureOf(twins, other));
      });
    });
  });

  it("6 gives nothing to who does nothing: no weight, or no overlap with what was read", () => {
    check(80, (scene) => {
      const [first, ...others] = scene.works;
      if (first === undefined) return;
      const idle = play({ ...scene, works: [{ ...first, weight: 0 }, ...others] });
      const without = play({ ...scene, works: others });
      expect(idle.energyOf(1, first.id)).toMatchObject({ energyJoules: 0, upperJoules: 0 });
      for (const other of others) {
        expect(isClose(figureOf(idle, other), figureOf(without, other), totalOf(idle))).toBe(true);
      }
      const last = Math.max(...scene.readings.map(({ ms }) => ms));
      const after = { ...first, weight: first.weight + 1, from: last + 5000, to: last + 9000 };
      const late = play({ ...scene, works: [after, ...others] }).energyOf(1, first.id);
      expect(late).toMatchObject({ energyJoules: 0, coverage: 0 });
    });
  });

  it("7 is not changed by refinement: two spans of one phase sum to the one they were cut from", () => {
    check(100, (scene, number) => {
      const [first, ...others] = scene.works;
      if (first === undefined || first.to - first.from < 100) return;
      const middle = first.from + 1 + (number % (first.to - first.from - 1));
      const weight = (first.weight * (middle - first.from)) / (first.to - first.from);
      const early = { ...first, to: middle, weight };
      const late = { ...first, id: 99, from: middle, weight: first.weight - weight };
      const whole = play(scene);
      const cut = play({ ...scene, works: [early, late, ...others] });
      const both = (figureOf(cut, early) ?? Number.NaN) + (figureOf(cut, late) ?? Number.NaN);
      expect(isClose(both, figureOf(whole, first), totalOf(whole))).toBe(true);
      for (const other of others) {
        expect(isClose(figureOf(cut, other), figureOf(whole, other), totalOf(whole))).toBe(true);
      }
    });
  });

  it("8 sums by phase: queue, prefill and decode make the request, requests make the tenant", () => {
    check(100, (scene) => {
      const queued = scene.works.map((work) => ({ ...work, id: work.id + 100, weight: 0 }));
      const works = [...scene.works, ...queued];
      const ledger = play({ ...scene, works });
      const rolled = (chosen: readonly Work[]): number | undefined =>
        rollUp(chosen.map((work) => footprintIn(ledger, work))).meterJoules;
      const charged = (chosen: readonly Work[]): number =>
        sumOf(chosen.map((work) => (work.weight > 0 ? figureOf(ledger, work) : 0)));
      const isRead = (chosen: readonly Work[]): boolean =>
        chosen.every((work) => footprintIn(ledger, work).status !== "missing");
      const requests = [0, 1, 2, 3].map((id) => works.filter((work) => work.id % 4 === id));
      for (const request of requests.filter((one) => one.length > 0)) {
        if (!isRead(request)) expect(rolled(request)).toBeUndefined();
        else expect(isClose(rolled(request), charged(request), totalOf(ledger))).toBe(true);
      }
      if (works.length === 0 || !isRead(works)) return;
      for (const tenant of [0, 1]) {
        const own = [requests[tenant] ?? [], requests[tenant + 2] ?? []];
        const figures = sumOf(own.map((request) => rolled(request) ?? 0));
        expect(isClose(rolled(own.flat()) ?? 0, figures, totalOf(ledger))).toBe(true);
      }
    });
  });

  it("9 is monotone: more weight never lowers a share, and another device's work is not seen", () => {
    check(100, (scene, number) => {
      const [first, ...others] = scene.works;
      if (first === undefined) return;
      const heavier = { ...first, weight: first.weight + 1 + (number % 500) };
      const ledger = play(scene);
      const before = (figureOf(ledger, first) ?? Number.NaN) - 1e-9 * totalOf(ledger);
      const after = figureOf(play({ ...scene, works: [heavier, ...others] }), first);
      expect(after).toBeGreaterThanOrEqual(before);
      const on = (key: string): Work[] =>
        scene.works.filter(({ devices }) => devices.length === 1 && devices[0] === key);
      const alone = play({ ...scene, works: on("n/a") });
      const both = play({ ...scene, works: [...on("n/b"), ...on("n/a")] });
      expect(energiesOf(both, on("n/a"))).toEqual(energiesOf(alone, on("n/a")));
    });
  });

  it("10 is linear: everything doubles when counter, idle and maximum power double", () => {
    check(80, (scene) => {
      const { idleWatts, maxWatts } = scene.terms;
      const twice = (watts: number | undefined): number | undefined =>
        watts === undefined ? undefined : watts * 2;
      const single = play(scene);
      const doubled = play({
        ...scene,
        terms: { ...scene.terms, idleWatts: twice(idleWatts), maxWatts: twice(maxWatts) },
        readings: scene.readings.map((one) => ({ ...one, joules: one.joules * 2 })),
      });
      for (const work of scene.works) {
        for (const name of [
          "energyJoules",
          "lowerJoules",
          "upperJoules",
          "windowJoules",
        ] as const) {
          const figure = single.energyOf(1, work.id)?.[name] ?? Number.NaN;
          expect(isClose(doubled.energyOf(1, work.id)?.[name], figure * 2, figure)).toBe(true);
        }
      }
    });
  });

  it("11 is invariant to shifts in time: whole epochs to the last bit, any ns to 1e-9", () => {
    check(80, (scene, number) => {
      const figures = energiesOf(play(scene), scene.works);
      const epochs = 2 * (number - 500_000);
      expect(energiesOf(play(scene, ORIGIN + epochs), scene.works)).toEqual(figures);
      const shifted = playShifted(scene, number * 59_999 + 1);
      const total = totalOf(shifted);
      scene.works.forEach((work, i) => {
        expect(isClose(figureOf(shifted, work), figures[i], total)).toBe(true);
      });
    });
  });

  it("12 counts a joule in one scope: repeats, partitions of a board and lesser meters add nothing", () => {
    check(100, (scene, number) => {
      const points = scene.readings.map((one) => ({ ...one, range: 0 }));
      const ledger = play({ ...scene, readings: points });
      const seen = play({ ...scene, readings: points });
      points.forEach((one, i) => {
        const next = points.slice(i + 1).find(({ device }) => device === one.device);
        // A partition of the board tells less of the same counter; a second scraper finds an old value in the cache.
        seen.addReading(meterReadingOf({ ...one, joules: one.joules / 2 }));
        if (next !== undefined) {
          const later = one.ms + 1 + (number % (next.ms - one.ms - 1));
          seen.addReading(meterReadingOf({ ...one, ms: later }));
        }
        seen.addReading({ ...meterReadingOf(one), kind: "power", value: 300 });
        seen.addReading({ ...meterReadingOf(one), value: one.joules * 3, modelled: true });
      });
      expect(figuresOf(seen, scene) === figuresOf(ledger, scene)).toBe(true);
    });
  });

  it("13 tells its coverage and quality, and never calls what is missing 0", () => {
    check(150, (scene) => {
      const works = scene.works.map((work) => ({ ...work, devices: ["n/a"] }));
      let joules = 0;
      const readings = scene.readings
        .filter(({ device }) => device === "n/a")
        .map((one, i, all) => {
          joules += ((one.ms - (all[i - 1]?.ms ?? one.ms)) / 1000) * (100 + (i % 5) * 100);
          return { ...one, joules, range: 0 };
        });
      const ledger = play({ ...scene, works, readings });
      for (const work of works) {
        const read = readings.slice(1).map(({ ms }, i) => {
          const from = (readings[i] as { ms: number }).ms;
          const isPlaced = ms - from <= 150_000;
          return isPlaced ? Math.max(0, Math.min(ms, work.to) - Math.max(from, work.from)) : 0;
        });
        const energy = ledger.energyOf(1, work.id);
        const coverage = sumOf(read) / (work.to - work.from);
        expect(energy?.coverage).toBeCloseTo(coverage, 9);
        const { status, energy: figure } = footprintIn(ledger, work);
        if (sumOf(read) === 0) expect([status, figure]).toEqual(["missing", undefined]);
        else expect([status, figure]).toEqual([coverage < 1 ? "partial" : "measured", energy]);
        expect(energy?.devices).toMatchObject([{ meterKind: "counter", isModelled: false }]);
      }
    });
  });

  it("14 is bounded: 0 <= lower <= figure <= upper, and figure <= energy of the window", () => {
    check(150, (scene) => {
      const ledger = play(scene);
      for (const work of scene.works) {
        const energy = ledger.energyOf(1, work.id);
        const { lowerJoules, energyJoules, upperJoules, windowJoules } = energy ?? {};
        expect(lowerJoules).toBeGreaterThanOrEqual(0);
        expect(lowerJoules).toBeLessThanOrEqual(energyJoules ?? Number.NaN);
        expect(upperJoules).toBeGreaterThanOrEqual(energyJoules ?? Number.NaN);
        const most = (windowJoules ?? Number.NaN) + 1e-9 * totalOf(ledger);
        expect(energyJoules).toBeLessThanOrEqual(most);
      }
    });
  });
});

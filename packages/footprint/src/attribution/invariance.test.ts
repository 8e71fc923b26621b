import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Device } from "../device.ts";
import type { MeterReading } from "../energy/meter-reading.ts";
import { addNs, type Instant } from "../instant.ts";
import type { Phase } from "../phase.ts";
import type { IdlePolicy, TimeShape } from "../policies.ts";
import type { LoadReading } from "./count-load.ts";
import { createLedger, type Ledger, type LedgerOptions } from "./ledger.ts";

const MS = 1e6;
const SECOND = 1e9;
const KEYS = ["n/a", "n/b"];
const epochStart = (epoch: number): Instant => ({ epoch, ns: 0 });
const ORIGIN = 30_000_000;

interface Terms {
  readonly idleWatts: number | undefined;
  readonly maxWatts: number | undefined;
  readonly idlePolicy: IdlePolicy;
  readonly timeShape: TimeShape;
  readonly skewMs: number;
}

/** A phase in ms from the origin; every number is an integer, so scenes stay exact. */
interface Work {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  readonly devices: readonly string[];
}

interface Scene {
  readonly terms: Terms;
  readonly works: readonly Work[];
  /** ms from the origin, joules, and how far before the reading may lie. */
  readonly readings: readonly { device: string; ms: number; joules: number; range: number }[];
  readonly loads: readonly { from: number; to: number; weight: number; running: number }[];
}

const termsArbitrary: fc.Arbitrary<Terms> = fc.record({
  idleWatts: fc.constantFrom(undefined, 0, 75, 400),
  maxWatts: fc.constantFrom(undefined, 700),
  idlePolicy: fc.constantFrom<IdlePolicy>("separate", "shared", "included"),
  timeShape: fc.constantFrom<TimeShape>("busy", "uniform"),
  skewMs: fc.constantFrom(0, 0, 200),
});

const worksArbitrary = fc.array(
  fc.record({
    from: fc.oneof(fc.integer({ min: 0, max: 250_000 }), fc.constantFrom(0, 60_000, 120_000)),
    length: fc.oneof(
      fc.integer({ min: 1, max: 40_000 }),
      fc.constantFrom(60_000, 120_000),
      fc.integer({ min: 40_000, max: 200_000 }),
    ),
    weight: fc.integer({ min: 0, max: 500 }),
    devices: fc.constantFrom(["n/a"], ["n/b"], KEYS),
  }),
  { maxLength: 15 },
);

const readingsArbitrary = fc
  .array(
    fc.record({
      ms: fc.oneof(fc.integer({ min: 50, max: 30_000 }), fc.integer({ min: 30_000, max: 200_000 })),
      watts: fc.integer({ min: 0, max: 700 }),
      isReset: fc.boolean(),
      range: fc.constantFrom(0, 0, 0, 4000),
    }),
    { minLength: 2, maxLength: 12 },
  )
  .map((steps) => {
    let ms = 0;
    let joules = 5000;
    return steps.flatMap((step, index) => {
      const { range } = step;
      const pair = [
        { device: "n/a", ms, joules, range },
        { device: "n/b", ms: ms + 10, joules: joules * 2, range: 0 },
      ];
      ms += step.ms;
      joules = step.isReset && index % 7 === 3 ? 1 : joules + (step.watts * step.ms) / 1000;
      return pair;
    });
  });

const loadsArbitrary = fc.array(
  fc
    .record({
      from: fc.integer({ min: 0, max: 200_000 }),
      length: fc.integer({ min: 1, max: 90_000 }),
      weight: fc.integer({ min: 0, max: 5000 }),
      running: fc.integer({ min: 0, max: 9 }),
    })
    .map(({ from, length, ...load }) => ({ ...load, from, to: from + length })),
  { maxLength: 4 },
);

const scenes: fc.Arbitrary<Scene> = fc.record({
  terms: termsArbitrary,
  works: worksArbitrary.map((works) =>
    works.map(({ length, ...work }, i): Work => ({ ...work, id: i + 1, to: work.from + length })),
  ),
  readings: readingsArbitrary,
  loads: loadsArbitrary,
});

const at = (ms: number, epoch: number): Instant => addNs(epochStart(epoch), ms * MS);

function phaseOf(work: Work, epoch = ORIGIN): Phase {
  return {
    idHigh: 1,
    idLow: work.id,
    start: at(work.from, epoch),
    end: at(work.to, epoch),
    weight: work.weight,
    devices: work.devices.map((device) => ({ device, share: 1 / work.devices.length })),
  };
}

function meterReadingOf(one: Scene["readings"][number], epoch = ORIGIN): MeterReading {
  const { device, ms, joules, range } = one;
  const point = { device, kind: "counter", value: joules, at: at(ms, epoch) } as const;
  return range === 0 ? point : { ...point, earliest: at(ms - range, epoch) };
}

const loadOf = (load: Scene["loads"][number], epoch = ORIGIN): LoadReading => ({
  device: "n/a",
  from: at(load.from, epoch),
  to: at(load.to, epoch),
  weight: load.weight,
  running: load.running,
});

function devicesOf({ idleWatts, maxWatts }: Terms): Device[] {
  return KEYS.map((key) => ({
    key,
    node: "n",
    id: key.slice(2),
    ...(idleWatts === undefined ? {} : { idleWatts }),
    ...(maxWatts === undefined ? {} : { maxWatts }),
  }));
}

function emptyLedger({ idlePolicy, timeShape, skewMs }: Terms): Ledger {
  const options: LedgerOptions = {
    idlePolicy,
    timeShape,
    maxCounterGapNs: 150 * SECOND,
    maxPowerGapNs: 120 * SECOND,
    maxClockSkewNs: skewMs * MS,
    gainError: 0,
    maxPhaseNs: 3600 * SECOND,
    keepNs: 4200 * SECOND,
    cutsOf: (_, epoch) => (epoch % 2 === 0 ? [20 * SECOND] : []),
  };
  return createLedger(options);
}

function play(scene: Scene, epoch = ORIGIN): Ledger {
  const ledger = emptyLedger(scene.terms);
  for (const device of devicesOf(scene.terms)) ledger.addDevice(device);
  for (const one of scene.readings) ledger.addReading(meterReadingOf(one, epoch));
  for (const one of scene.loads) ledger.addLoad(loadOf(one, epoch));
  for (const one of scene.works) ledger.upsertPhase(phaseOf(one, epoch));
  return ledger;
}

const energiesOf = (ledger: Ledger, works: readonly Work[]): (number | undefined)[] =>
  works.map((work) => ledger.energyOf(1, work.id)?.energyJoules);

function figuresOf(ledger: Ledger, { works }: Scene): string {
  return JSON.stringify([works.map((work) => ledger.energyOf(1, work.id)), ledger.balances()]);
}

function expectClose(actual: number | undefined, expected: number, scale = expected): void {
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-9 * scale + 1e-9);
}

const totalOf = (ledger: Ledger): number =>
  ledger.balances().reduce((sum, balance) => sum + balance.meteredJoules, 0);

describe("a ledger's figures", () => {
  it("add up to what was metered, with counted load and reading ranges too", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const ledger = play(scene);
        let attributed = 0;
        for (const balance of ledger.balances()) {
          const unattributed = Object.values(balance.unattributed).reduce((a, b) => a + b, 0);
          const { attributedJoules, idleOpenJoules, idleEmptyJoules } = balance;
          expectClose(
            attributedJoules + idleOpenJoules + idleEmptyJoules + unattributed,
            balance.meteredJoules,
          );
          attributed += attributedJoules;
        }
        const energies = scene.works.map((work) => ledger.energyOf(1, work.id));
        expectClose(
          energies.reduce((sum, energy) => sum + (energy?.energyJoules ?? 0), 0),
          attributed,
        );
        for (const energy of energies) {
          const slices = energy?.devices.flatMap((device) => device.slices) ?? [];
          expectClose(
            slices.reduce((sum, slice) => sum + slice.joules, 0),
            energy?.energyJoules ?? Number.NaN,
          );
          expect(energy?.lowerJoules).toBeGreaterThanOrEqual(0);
          expect(energy?.lowerJoules).toBeLessThanOrEqual(energy?.energyJoules as number);
          expect(energy?.upperJoules).toBeGreaterThanOrEqual(energy?.energyJoules as number);
          expect(energy?.coverage).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("are the same bits whatever the order, devices and loads included, asked in between", () => {
    const keys = fc.infiniteStream(fc.nat());
    fc.assert(
      fc.property(scenes, keys, fc.infiniteStream(fc.nat()), (scene, order, questions) => {
        const calls: ((ledger: Ledger) => void)[] = [
          ...devicesOf(scene.terms).map((one) => (ledger: Ledger) => ledger.addDevice(one)),
          ...scene.readings.map((one) => (ledger: Ledger) => {
            ledger.addReading(meterReadingOf(one));
          }),
          ...scene.loads.map((one) => (ledger: Ledger) => ledger.addLoad(loadOf(one))),
          ...scene.works.map((one) => (ledger: Ledger) => {
            ledger.upsertPhase(phaseOf(one));
          }),
        ];
        const steps = calls.map((call) => ({ call, key: order.next().value }));
        steps.sort((a, b) => a.key - b.key);
        const shuffled = emptyLedger(scene.terms);
        for (const { call } of steps) {
          call(shuffled);
          const id = questions.next().value % 20;
          shuffled.energyOf(1, id);
          if (id === 0) shuffled.balances();
          if (id === 1) call(shuffled);
        }
        expect(figuresOf(shuffled, scene) === figuresOf(play(scene), scene)).toBe(true);
      }),
      { numRuns: 250 },
    );
  });

  it("return to what they were when a phase comes, changes and goes", () => {
    fc.assert(
      fc.property(scenes, scenes, (scene, other) => {
        const ledger = play(scene);
        const before = figuresOf(ledger, scene);
        const guests = other.works.map((work) => ({ ...work, id: work.id + 100 }));
        for (const guest of guests) {
          ledger.upsertPhase(phaseOf(guest));
          ledger.energyOf(1, guest.id);
        }
        for (const guest of guests) {
          const moved = { ...guest, to: guest.to + 7, devices: ["n/a"] };
          ledger.upsertPhase(phaseOf(moved));
          ledger.energyOf(1, (scene.works[0] ?? guest).id);
        }
        for (const guest of guests) ledger.removePhase(1, guest.id);
        expect(figuresOf(ledger, scene) === before).toBe(true);
        expect(ledger.phaseCount).toBe(scene.works.length);
      }),
      { numRuns: 100 },
    );
  });

  it("shift with time by whole epochs, bit for bit", () => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: -500_000, max: 500_000 }), (scene, shift) => {
        const even = shift * 2;
        expect(energiesOf(play(scene, ORIGIN + even), scene.works)).toEqual(
          energiesOf(play(scene), scene.works),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("do not change in sum when a phase is cut in two", () => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: 1, max: 99 }), (scene, percent) => {
        const [first, ...others] = scene.works;
        if (first === undefined || first.to - first.from < 100) return;
        const middle = first.from + Math.floor(((first.to - first.from) * percent) / 100);
        const weightUntil = (first.weight * (middle - first.from)) / (first.to - first.from);
        const halves: Work[] = [
          { ...first, to: middle, weight: weightUntil },
          { ...first, id: 99, from: middle, weight: first.weight - weightUntil },
        ];
        const whole = play(scene);
        const cut = play({ ...scene, works: [...halves, ...others] });
        const total = totalOf(whole);
        const sum =
          (cut.energyOf(1, first.id)?.energyJoules ?? 0) + (cut.energyOf(1, 99)?.energyJoules ?? 0);
        expectClose(sum, whole.energyOf(1, first.id)?.energyJoules ?? Number.NaN, total);
        for (const other of others) {
          expectClose(
            cut.energyOf(1, other.id)?.energyJoules,
            whole.energyOf(1, other.id)?.energyJoules ?? Number.NaN,
            total,
          );
        }
      }),
      { numRuns: 100 },
    );
  });

  it("do not depend on names, and equal phases get equal shares", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const ledger = play(scene);
        const total = totalOf(ledger);
        const renamed = play({
          ...scene,
          works: scene.works.map((work) => ({ ...work, id: 500 - work.id })),
        });
        for (const work of scene.works) {
          const figure = ledger.energyOf(1, work.id)?.energyJoules ?? Number.NaN;
          expectClose(renamed.energyOf(1, 500 - work.id)?.energyJoules, figure, total);
        }
        const twins = play({
          ...scene,
          works: [...scene.works, ...scene.works.map((work) => ({ ...work, id: 500 - work.id }))],
        });
        for (const work of scene.works) {
          const twin = twins.energyOf(1, 500 - work.id)?.energyJoules;
          expect(twins.energyOf(1, work.id)?.energyJoules).toBe(twin);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("double when counters, idle and maximum power double", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { idleWatts, maxWatts } = scene.terms;
        const doubled = play({
          ...scene,
          terms: {
            ...scene.terms,
            idleWatts: idleWatts === undefined ? undefined : idleWatts * 2,
            maxWatts: maxWatts === undefined ? undefined : maxWatts * 2,
          },
          readings: scene.readings.map((one) => ({ ...one, joules: one.joules * 2 })),
        });
        const single = play(scene);
        for (const work of scene.works) {
          const before = single.energyOf(1, work.id);
          const after = doubled.energyOf(1, work.id);
          for (const name of ["energyJoules", "lowerJoules", "upperJoules"] as const) {
            if (before?.[name] === Infinity) expect(after?.[name]).toBe(Infinity);
            else expectClose(after?.[name], 2 * (before?.[name] ?? Number.NaN));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("never fall with more weight, and are nothing without weight", () => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: 1, max: 100 }), (scene, more) => {
        const [first, ...others] = scene.works;
        if (first === undefined) return;
        const heavier = play({
          ...scene,
          works: [{ ...first, weight: first.weight + more }, ...others],
        });
        const ledger = play(scene);
        const total = totalOf(ledger);
        const before = ledger.energyOf(1, first.id)?.energyJoules as number;
        expect(heavier.energyOf(1, first.id)?.energyJoules).toBeGreaterThanOrEqual(
          before - 1e-9 * total,
        );
        const nobody = play({ ...scene, works: [{ ...first, weight: 0 }, ...others] });
        expect(nobody.energyOf(1, first.id)).toMatchObject({ energyJoules: 0, upperJoules: 0 });
        const without = play({ ...scene, works: others });
        for (const other of others) {
          const figure = without.energyOf(1, other.id)?.energyJoules ?? Number.NaN;
          expectClose(nobody.energyOf(1, other.id)?.energyJoules, figure, total);
        }
      }),
      { numRuns: 80 },
    );
  });

  it("on one device do not see what happens on another", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const onA = scene.works.filter(
          ({ devices }) => devices.length === 1 && devices[0] === "n/a",
        );
        const onB = scene.works.filter(
          ({ devices }) => devices.length === 1 && devices[0] === "n/b",
        );
        const both = play({ ...scene, works: [...onA, ...onB] });
        expect(energiesOf(both, onA)).toEqual(energiesOf(play({ ...scene, works: onA }), onA));
      }),
      { numRuns: 40 },
    );
  });

  it("stay in the balance when what they belong to is forgotten", () => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: 0, max: 6 }), (scene, epochs) => {
        const ledger = play(scene);
        const before = ledger.balances();
        const figures = new Map(
          scene.works.map((work) => [work.id, JSON.stringify(ledger.energyOf(1, work.id))]),
        );
        const count = ledger.phaseCount;
        ledger.expire(epochStart(ORIGIN + epochs));
        const after = ledger.balances();
        expect(ledger.phaseCount).toBeLessThanOrEqual(count);
        after.forEach((balance, i) => {
          expectClose(balance.meteredJoules, before[i]?.meteredJoules ?? Number.NaN);
          expectClose(balance.attributedJoules, before[i]?.attributedJoules ?? Number.NaN);
        });
        for (const work of scene.works) {
          const kept = ledger.energyOf(1, work.id);
          if (work.to > epochs * 60_000) {
            expect(JSON.stringify(kept?.energyJoules)).toBe(
              JSON.stringify(JSON.parse(figures.get(work.id) as string).energyJoules),
            );
          }
        }
        // Retries and removals of what is gone change nothing.
        for (const work of scene.works) {
          if (work.to <= epochs * 60_000) ledger.upsertPhase(phaseOf(work));
        }
        expect(JSON.stringify(ledger.balances())).toBe(JSON.stringify(after));
      }),
      { numRuns: 100 },
    );
  });
});

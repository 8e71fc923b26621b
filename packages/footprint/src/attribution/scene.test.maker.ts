import fc from "fast-check";
import type { Device } from "../device.ts";
import type { MeterReading } from "../energy/meter-reading.ts";
import { type Footprint, footprintOf } from "../footprint.ts";
import { addNs, type Instant } from "../instant.ts";
import type { Phase } from "../phase.ts";
import type { IdlePolicy, TimeShape } from "../policies.ts";
import type { LoadReading } from "./count-load.ts";
import type { LedgerOptions } from "./ledger.ts";
import { createLedgerById, type LedgerById } from "./ledger-by-id.test.maker.ts";

const MS = 1e6;
const SECOND: number = 1e9;
const KEYS = ["n/a", "n/b"];
export const epochStart = (epoch: number): Instant => ({ epoch, ns: 0 });
export const ORIGIN: number = 30_000_000;

interface Terms {
  readonly idleWatts: number | undefined;
  readonly maxWatts: number | undefined;
  readonly idlePolicy: IdlePolicy;
  readonly timeShape: TimeShape;
  readonly skewMs: number;
}

/** A phase in ms from the origin; every number is an integer, so scenes stay exact. */
export interface Work {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  readonly devices: readonly string[];
}

export interface Scene {
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

export const scenes: fc.Arbitrary<Scene> = fc.record({
  terms: termsArbitrary,
  works: worksArbitrary.map((works) =>
    works.map(({ length, ...work }, i): Work => ({ ...work, id: i + 1, to: work.from + length })),
  ),
  readings: readingsArbitrary,
  loads: loadsArbitrary,
});

const at = (ms: number, epoch: number): Instant => addNs(epochStart(epoch), ms * MS);

export function phaseOf(work: Work, epoch: number = ORIGIN): Phase {
  return {
    idHigh: 1,
    idLow: work.id,
    start: at(work.from, epoch),
    end: at(work.to, epoch),
    weight: work.weight,
    devices: work.devices.map((device) => ({ device, share: 1 / work.devices.length })),
  };
}

export function meterReadingOf(
  one: Scene["readings"][number],
  epoch: number = ORIGIN,
): MeterReading {
  const { device, ms, joules, range } = one;
  const point = { device, kind: "counter", value: joules, at: at(ms, epoch) } as const;
  return range === 0 ? point : { ...point, earliest: at(ms - range, epoch) };
}

const loadOf = (load: Scene["loads"][number], epoch: number = ORIGIN): LoadReading => ({
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

export function emptyLedger(
  { idlePolicy, timeShape, skewMs }: Terms,
  more: Partial<LedgerOptions> = {},
): LedgerById {
  return createLedgerById({
    idlePolicy,
    timeShape,
    maxCounterGapNs: 150 * SECOND,
    maxPowerGapNs: 120 * SECOND,
    maxClockSkewNs: skewMs * MS,
    gainError: 0,
    maxPhaseNs: 3600 * SECOND,
    keepNs: 4200 * SECOND,
    cutsOf: (_, epoch) => (epoch % 2 === 0 ? [20 * SECOND] : []),
    ...more,
  });
}

export function play(
  scene: Scene,
  epoch: number = ORIGIN,
  more: Partial<LedgerOptions> = {},
): LedgerById {
  const ledger = emptyLedger(scene.terms, more);
  for (const device of devicesOf(scene.terms)) ledger.addDevice(device);
  for (const one of scene.readings) ledger.addReading(meterReadingOf(one, epoch));
  for (const one of scene.loads) ledger.addLoad(loadOf(one, epoch));
  for (const one of scene.works) ledger.upsertPhase(phaseOf(one, epoch));
  return ledger;
}

export const energiesOf = (ledger: LedgerById, works: readonly Work[]): (number | undefined)[] =>
  works.map((work) => ledger.energyOf(1, work.id)?.energyJoules);

export function figuresOf(ledger: LedgerById, { works }: Scene): string {
  return JSON.stringify([works.map((work) => ledger.energyOf(1, work.id)), ledger.balances()]);
}

export const totalOf = (ledger: LedgerById): number =>
  ledger.balances().reduce((sum, balance) => sum + balance.meteredJoules, 0);

/** Equal to 1e-9 of `scale`, the energy that the figures were split from. */
export function isClose(
  actual: number | undefined,
  expected: number | undefined,
  scale: number,
): boolean {
  if (actual === undefined || expected === undefined) return false;
  return actual === expected || Math.abs(actual - expected) <= 1e-9 * scale + 1e-9;
}

/** Everything that a ledger is told of the scene, one call each. */
export function callsOf(scene: Scene): ((ledger: LedgerById) => void)[] {
  return [
    ...devicesOf(scene.terms).map((one) => (ledger: LedgerById) => ledger.addDevice(one)),
    ...scene.readings.map((one) => (ledger: LedgerById) => {
      ledger.addReading(meterReadingOf(one));
    }),
    ...scene.loads.map((one) => (ledger: LedgerById) => ledger.addLoad(loadOf(one))),
    ...scene.works.map((one) => (ledger: LedgerById) => {
      ledger.upsertPhase(phaseOf(one));
    }),
  ];
}

/** The same scene `shiftNs` later, across other epochs. */
export function playShifted(scene: Scene, shiftNs: number): LedgerById {
  const ledger = emptyLedger(scene.terms);
  const later = (instant: Instant): Instant => addNs(instant, shiftNs);
  for (const device of devicesOf(scene.terms)) ledger.addDevice(device);
  for (const one of scene.readings.map((reading) => meterReadingOf(reading))) {
    const range = one.earliest === undefined ? {} : { earliest: later(one.earliest) };
    ledger.addReading({ ...one, ...range, at: later(one.at) });
  }
  for (const one of scene.loads.map((load) => loadOf(load))) {
    ledger.addLoad({ ...one, from: later(one.from), to: later(one.to) });
  }
  for (const one of scene.works.map((work) => phaseOf(work))) {
    ledger.upsertPhase({ ...one, start: later(one.start), end: later(one.end) });
  }
  return ledger;
}

export const sumOf = (values: readonly (number | undefined)[]): number =>
  values.reduce<number>((total, one) => total + (one ?? Number.NaN), 0);

export const figureOf = (ledger: LedgerById, work: Work): number | undefined =>
  ledger.energyOf(1, work.id)?.energyJoules;

export const footprintIn = (ledger: LedgerById, work: Work): Footprint =>
  footprintOf(ledger.energyOf(1, work.id), {
    intensity: undefined,
    isGuessed: false,
    isAssumedWeight: false,
    includesQueueing: false,
    isProvisional: false,
  });

/** Asserts a property of random scenes, a number up to a million and a stream of keys. */
export function check(
  numRuns: number,
  property: (scene: Scene, number: number, keys: Iterator<number>) => void,
): void {
  const numbers = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(fc.property(scenes, numbers, fc.infiniteStream(fc.nat()), property), { numRuns });
}

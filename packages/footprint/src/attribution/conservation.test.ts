import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MeterReading } from "../energy/meter-reading.ts";
import { addNs, type Instant } from "../instant.ts";
import type { Phase } from "../phase.ts";
import type { IdlePolicy, TimeShape } from "../policies.ts";
import { createLedger, type Ledger, type LedgerOptions } from "./ledger.ts";

const SECOND = 1e9;
const start: Instant = { epoch: 30_000_000, ns: 0 };
const at = (seconds: number): Instant => addNs(start, Math.round(seconds * SECOND));

const options: LedgerOptions = {
  maxCounterGapNs: 600 * SECOND,
  maxPowerGapNs: 120 * SECOND,
  maxClockSkewNs: 0,
  gainError: 0,
  maxPhaseNs: 3600 * SECOND,
  keepNs: 4200 * SECOND,
};

function phase(
  id: number,
  from: number,
  to: number,
  weight: number,
  devices: readonly string[] = ["n/a"],
): Phase {
  const share = 1 / devices.length;
  return {
    idHigh: 1,
    idLow: id,
    start: at(from),
    end: at(to),
    weight,
    devices: devices.map((device) => ({ device, share })),
  };
}

const reading = (seconds: number, value: number, device = "n/a"): MeterReading => ({
  device,
  kind: "counter",
  value,
  at: at(seconds),
});

function ledgerWith(
  idleWatts: number | undefined,
  maxWatts: number | undefined,
  more: { idlePolicy?: IdlePolicy; timeShape?: TimeShape } = {},
): Ledger {
  const ledger = createLedger({ ...options, ...more });
  for (const id of ["a", "b"]) {
    ledger.addDevice({
      key: `n/${id}`,
      node: "n",
      id,
      ...(idleWatts === undefined ? {} : { idleWatts }),
      ...(maxWatts === undefined ? {} : { maxWatts }),
    });
  }
  return ledger;
}

describe("hand-computed figures", () => {
  it("charges a phase alone the dynamic energy of its window", () => {
    const ledger = ledgerWith(100, 700);
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(10, 5000));
    ledger.upsertPhase(phase(1, 0, 10, 3));
    expect(ledger.energyOf(1, 1)).toMatchObject({ energyJoules: 4000, coverage: 1 });
    expect(ledger.balances()[0]).toMatchObject({ idleOpenJoules: 1000, attributedJoules: 4000 });
  });

  it("splits by rate where phases overlap", () => {
    const ledger = ledgerWith(undefined, undefined);
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(10, 1000));
    ledger.upsertPhase(phase(1, 0, 10, 10));
    ledger.upsertPhase(phase(2, 0, 10, 30));
    expect(ledger.energyOf(1, 1)?.energyJoules).toBeCloseTo(250, 9);
    expect(ledger.energyOf(1, 2)?.energyJoules).toBeCloseTo(750, 9);
  });

  it("shapes a slow interval over its busy time", () => {
    // 30 s at 75 W idle and one 3 s phase at 650 W: the phase drew 1,725 J above idle.
    const busy = ledgerWith(75, 700);
    const uniform = ledgerWith(75, 700, { timeShape: "uniform" });
    for (const ledger of [busy, uniform]) {
      ledger.addReading(reading(0, 0));
      ledger.addReading(reading(30, 27 * 75 + 3 * 650));
      ledger.upsertPhase(phase(1, 10, 13, 1));
    }
    expect(busy.energyOf(1, 1)?.energyJoules).toBeCloseTo(1725, 9);
    expect(uniform.energyOf(1, 1)?.energyJoules).toBeCloseTo(172.5, 9);
  });

  it("shares the baseline where the policy says so", () => {
    const ledger = ledgerWith(100, 700, { idlePolicy: "shared" });
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(10, 5000));
    ledger.upsertPhase(phase(1, 0, 10, 3));
    ledger.upsertPhase(phase(2, 0, 10, 1));
    expect(ledger.energyOf(1, 1)).toMatchObject({ dynamicJoules: 3000, idleJoules: 500 });
  });

  it("crosses an epoch boundary and a meter interval that straddles it", () => {
    const ledger = ledgerWith(undefined, undefined);
    for (const seconds of [15, 45, 75, 105]) ledger.addReading(reading(seconds, seconds * 200));
    ledger.upsertPhase(phase(1, 50, 70, 1));
    const energy = ledger.energyOf(1, 1);
    expect(energy?.energyJoules).toBeCloseTo(20 * 200, 6);
    expect(energy?.lowerJoules).toBe(0);
    expect(energy?.upperJoules).toBeCloseTo(30 * 200, 6);
  });

  it("knows nothing over a reset, and says so", () => {
    const ledger = ledgerWith(undefined, undefined);
    ledger.addReading(reading(0, 1000));
    ledger.addReading(reading(10, 2000));
    ledger.addReading(reading(20, 50));
    ledger.addReading(reading(30, 1050));
    ledger.upsertPhase(phase(1, 5, 25, 1));
    expect(ledger.energyOf(1, 1)).toMatchObject({
      energyJoules: 1000,
      coverage: 0.5,
      upperJoules: Infinity,
    });
    expect(ledger.balances()[0]?.meteredJoules).toBe(2000);
  });

  it("leaves counted work that no span shows unattributed", () => {
    const ledger = ledgerWith(undefined, undefined);
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(10, 1000));
    ledger.upsertPhase(phase(1, 0, 10, 10));
    ledger.addLoad({ device: "n/a", from: at(0), to: at(10), weight: 40, running: 4 });
    expect(ledger.energyOf(1, 1)?.energyJoules).toBeCloseTo(250, 9);
    expect(ledger.balances()[0]?.unattributed["unsampled"]).toBeCloseTo(750, 9);
  });
});

interface Scene {
  readonly phases: readonly Phase[];
  readonly readings: readonly MeterReading[];
}

const scenes: fc.Arbitrary<Scene> = fc
  .record({
    phases: fc.array(
      fc.record({
        from: fc.integer({ min: 0, max: 150_000 }),
        ms: fc.integer({ min: 1, max: 40_000 }),
        weight: fc.integer({ min: 0, max: 500 }),
        devices: fc.constantFrom(["n/a"], ["n/b"], ["n/a", "n/b"]),
      }),
      { maxLength: 25 },
    ),
    steps: fc.array(
      fc.record({
        ms: fc.integer({ min: 50, max: 30_000 }),
        watts: fc.integer({ min: 20, max: 700 }),
        isReset: fc.boolean(),
      }),
      { minLength: 2, maxLength: 20 },
    ),
  })
  .map(({ phases, steps }) => {
    const readings: MeterReading[] = [];
    let ms = 0;
    let joules = 5000;
    steps.forEach((step, index) => {
      readings.push(reading(ms / 1000, joules), reading(ms / 1000 + 0.01, joules * 2, "n/b"));
      ms += step.ms;
      joules = step.isReset && index % 7 === 3 ? 1 : joules + (step.watts * step.ms) / 1000;
    });
    return {
      phases: phases.map(({ from, ms: length, weight, devices }, id) =>
        phase(id + 1, from / 1000, (from + length) / 1000, weight, devices),
      ),
      readings,
    };
  });

const terms = fc.record({
  idleWatts: fc.constantFrom(undefined, 0, 75, 400),
  maxWatts: fc.constantFrom(undefined, 700),
  idlePolicy: fc.constantFrom<IdlePolicy>("separate", "shared", "included"),
  timeShape: fc.constantFrom<TimeShape>("busy", "uniform"),
});

function figuresOf(ledger: Ledger, { phases }: Scene): string {
  return JSON.stringify([phases.map((one) => ledger.energyOf(1, one.idLow)), ledger.balances()]);
}

function fill(ledger: Ledger, { phases, readings }: Scene): Ledger {
  for (const one of readings) ledger.addReading(one);
  for (const one of phases) ledger.upsertPhase(one);
  return ledger;
}

describe("properties", () => {
  it("accounts for every metered joule exactly once", () => {
    fc.assert(
      fc.property(scenes, terms, (scene, { idleWatts, maxWatts, ...policies }) => {
        const ledger = fill(ledgerWith(idleWatts, maxWatts, policies), scene);
        let attributed = 0;
        for (const balance of ledger.balances()) {
          const unattributed = Object.values(balance.unattributed).reduce((a, b) => a + b, 0);
          const parts =
            balance.attributedJoules +
            balance.idleOpenJoules +
            balance.idleEmptyJoules +
            unattributed;
          expect(Math.abs(balance.meteredJoules - parts)).toBeLessThanOrEqual(
            1e-9 * balance.meteredJoules + 1e-9,
          );
          attributed += balance.attributedJoules;
        }
        const charged = scene.phases.reduce(
          (sum, one) => sum + (ledger.energyOf(1, one.idLow)?.energyJoules ?? 0),
          0,
        );
        expect(Math.abs(charged - attributed)).toBeLessThanOrEqual(1e-9 * attributed + 1e-9);
      }),
      { numRuns: 150 },
    );
  });

  it("gives the same bits whatever the order, and whenever it is asked", () => {
    fc.assert(
      fc.property(scenes, terms, fc.infiniteStream(fc.nat()), (scene, device, order) => {
        const { idleWatts, maxWatts, ...policies } = device;
        const expected = figuresOf(fill(ledgerWith(idleWatts, maxWatts, policies), scene), scene);
        const steps = [
          ...scene.readings.map((one) => (ledger: Ledger) => ledger.addReading(one)),
          ...scene.phases.map((one) => (ledger: Ledger) => ledger.upsertPhase(one)),
        ].map((play) => ({ play, key: order.next().value }));
        steps.sort((a, b) => a.key - b.key);
        const shuffled = ledgerWith(idleWatts, maxWatts, policies);
        steps.forEach(({ play }, index) => {
          play(shuffled);
          if (index % 5 === 0) figuresOf(shuffled, scene);
        });
        expect(figuresOf(shuffled, scene) === expected).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("keeps every figure inside its bounds, and bounds inside the window's energy", () => {
    fc.assert(
      fc.property(scenes, terms, (scene, { idleWatts, maxWatts, ...policies }) => {
        const ledger = fill(ledgerWith(idleWatts, maxWatts, policies), scene);
        for (const one of scene.phases) {
          const energy = ledger.energyOf(1, one.idLow);
          if (energy === undefined) continue;
          expect(energy.lowerJoules).toBeGreaterThanOrEqual(0);
          expect(energy.lowerJoules).toBeLessThanOrEqual(energy.energyJoules);
          expect(energy.upperJoules).toBeGreaterThanOrEqual(energy.energyJoules);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("forgets a removed phase entirely", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const ledger = fill(ledgerWith(75, 700), scene);
        const before = figuresOf(ledger, scene);
        ledger.upsertPhase(phase(999, 3, 33, 50, ["n/a", "n/b"]));
        figuresOf(ledger, scene);
        ledger.removePhase(1, 999);
        expect(figuresOf(ledger, scene) === before).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addNs, type Instant } from "../instant.ts";
import type { LedgerOptions } from "./ledger.ts";
import { createLedgerById, type LedgerById } from "./ledger-by-id.test.maker.ts";
import type { WorkReading } from "./work-series.ts";

/** A multiple of 16: where price windows begin. */
const BLOCK = 30_000_000;
const KEY = "n/a";
const at = (seconds: number): Instant =>
  addNs({ epoch: BLOCK, ns: 0 }, Math.round(seconds * 1000) * 1e6);

function ledgerWith(options: Partial<LedgerOptions> = {}, isSampled = false): LedgerById {
  const ledger = createLedgerById({
    maxCounterGapNs: 600e9,
    maxPowerGapNs: 120e9,
    maxClockSkewNs: 0,
    gainError: 0,
    maxPhaseNs: 3600e9,
    keepNs: 4200e9,
    ...options,
  });
  ledger.addDevice({ key: KEY, node: "n", id: "a", idleWatts: 100, maxWatts: 700, isSampled });
  return ledger;
}

function phase(idLow: number, from: number, to: number, weight: number, probability?: number) {
  return {
    idHigh: 1,
    idLow,
    start: at(from),
    end: at(to),
    weight,
    devices: [{ device: KEY, share: 1 }],
    ...(probability === undefined ? {} : { probability }),
  };
}

const reading = (seconds: number, value: number) => ({
  device: KEY,
  kind: "counter" as const,
  value,
  at: at(seconds),
});

function work(seconds: number, tokens: readonly [number, number], running = 1): WorkReading {
  const [prefillTokens, decodeTokens] = tokens;
  const price = { prefill: 1, decode: 8 };
  return { device: KEY, source: "e", at: at(seconds), prefillTokens, decodeTokens, running, price };
}

describe("sampled traces without counters", () => {
  it("pay one price a window: what was drawn for work by what the seen phases stand for", () => {
    const ledger = ledgerWith();
    // 300 W all along, 200 of them for work: 24,000 J in two epochs.
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(120, 36_000));
    for (let id = 0; id < 30; id++) ledger.upsertPhase(phase(id, id * 4, id * 4 + 2, 10, 0.1));
    // 30 phases of weight 10 stand for 3,000: 8 J a weight.
    for (let id = 0; id < 30; id++) {
      expect(ledger.energyOf(1, id)?.dynamicJoules).toBeCloseTo(80, 9);
    }
    const [balance] = ledger.balances();
    expect(balance?.attributedJoules).toBeCloseTo(2400, 6);
    expect(balance?.unattributed["unsampled"]).toBeCloseTo(21_600, 6);
    expect(balance?.idleOpenJoules).toBeCloseTo(12_000, 6);
    expect(balance?.idleEmptyJoules).toBe(0);
  });

  it("stand each for as many as their own probability says", () => {
    const ledger = ledgerWith();
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(60, 18_000));
    ledger.upsertPhase(phase(1, 10, 20, 100, 0.1));
    ledger.upsertPhase(phase(2, 30, 40, 500, 0.5));
    // 1,000 + 1,000 weights took 12,000 J.
    expect(ledger.energyOf(1, 1)?.dynamicJoules).toBeCloseTo(600, 9);
    expect(ledger.energyOf(1, 2)?.dynamicJoules).toBeCloseTo(3000, 9);
  });

  it("take work for work while nothing is seen, where that is configured", () => {
    for (const isSampled of [true, false]) {
      const ledger = ledgerWith({}, isSampled);
      ledger.addReading(reading(0, 0));
      ledger.addReading(reading(60, 18_000));
      const [balance] = ledger.balances();
      expect(balance?.unattributed["unsampled"] ?? 0).toBeCloseTo(isSampled ? 12_000 : 0, 6);
      expect(balance?.unattributed["unseen_load"] ?? 0).toBeCloseTo(isSampled ? 0 : 12_000, 6);
    }
  });

  it("have figures between nothing and what was drawn meanwhile", () => {
    const ledger = ledgerWith();
    ledger.addReading(reading(0, 0));
    for (let s = 1; s <= 60; s++) ledger.addReading(reading(s, s * 300));
    ledger.upsertPhase(phase(1, 10, 20, 100, 0.1));
    expect(ledger.energyOf(1, 1)).toMatchObject({ lowerJoules: 0, upperJoules: 3000 });
  });

  it("are left alone where engines count all of the epoch", () => {
    const ledger = ledgerWith();
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(60, 18_000));
    ledger.upsertPhase(phase(1, 10, 20, 100, 0.1));
    expect(ledger.loadBasis(KEY, at(10), at(20))).not.toBe("counted");
    for (let s = 0; s <= 60; s += 5) ledger.addWork(work(s, [s * 10, 0]));
    // 600 tokens took 12,000 J.
    expect(ledger.energyOf(1, 1)?.dynamicJoules).toBeCloseTo(2000, 6);
    expect(ledger.loadBasis(KEY, at(10), at(20))).toBe("counted");
  });
});

describe("what engines count", () => {
  it("is one price for seen and unseen work, whenever it ran", () => {
    const ledger = ledgerWith();
    ledger.addReading(reading(0, 0));
    // Work for 10 s, nothing for 10 s, work for 40 s.
    ledger.addReading(reading(10, 3000));
    ledger.addReading(reading(20, 4000));
    ledger.addReading(reading(60, 16_000));
    const counts = [0, 1000, 1000, 2000, 3000, 4000, 5000];
    counts.forEach((tokens, i) => {
      ledger.addWork(work(i * 10, [tokens, 0], 0));
    });
    ledger.upsertPhase(phase(1, 0, 5, 100));
    ledger.upsertPhase(phase(2, 40, 50, 100));
    expect(ledger.energyOf(1, 1)?.dynamicJoules).toBeCloseTo(200, 6);
    expect(ledger.energyOf(1, 2)?.dynamicJoules).toBeCloseTo(200, 6);
    const [balance] = ledger.balances();
    expect(balance?.unattributed["unsampled"]).toBeCloseTo(10_000 - 400, 6);
    expect(balance?.idleEmptyJoules).toBeCloseTo(1000, 6);
    expect(balance).toMatchObject({ countedWeight: 5000 });
    expect(balance?.shownWeight).toBeCloseTo(200, 9);
  });

  it("changes nothing where spans show it all", () => {
    const ledger = ledgerWith();
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(60, 18_000));
    ledger.upsertPhase(phase(1, 0, 60, 100));
    ledger.upsertPhase(phase(2, 0, 30, 300));
    const alone = ledger.energyOf(1, 1)?.dynamicJoules as number;
    for (let s = 0; s <= 60; s += 10) ledger.addWork(work(s, [Math.min(s, 30) * 10 + s * 1.6, 0]));
    expect(ledger.energyOf(1, 1)?.dynamicJoules).toBeCloseTo(alone, 9);
  });

  it("is what prefill and decode tokens take, without a span", () => {
    const ledger = ledgerWith();
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(60, 18_000));
    for (let s = 0; s <= 60; s += 10) ledger.addWork(work(s, [s * 8, s]));
    const [one] = ledger.work();
    expect(one?.prefillTokens).toBeCloseTo(480, 9);
    expect(one?.decodeTokens).toBeCloseTo(60, 9);
    // 480 of 960 weights each.
    expect(one?.prefillJoules).toBeCloseTo(6000, 6);
    expect(one?.decodeJoules).toBeCloseTo(6000, 6);
  });

  it("says nothing over a restart of the engine, nor of time that was not read", () => {
    const ledger = ledgerWith();
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(30, 9000));
    for (const [s, tokens] of [
      [0, 9000],
      [10, 10_000],
      [20, 500],
      [30, 1500],
      [60, 4500],
    ] as const) {
      ledger.addWork(work(s, [tokens, 0]));
    }
    const [one] = ledger.work();
    // 50 s were counted and 20 of them read: 2/5 of 5,000 tokens, and all that the meter has: nothing else is open.
    expect(one?.prefillTokens).toBeCloseTo(2000, 6);
    expect(one?.prefillJoules).toBeCloseTo(6000, 6);
  });

  it("adds up over engines on one device", () => {
    const ledger = ledgerWith();
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(60, 18_000));
    for (let s = 0; s <= 60; s += 10) {
      ledger.addWork(work(s, [s * 10, 0]));
      ledger.addWork({ ...work(s, [s * 30, 0]), source: "f" });
    }
    ledger.upsertPhase(phase(1, 0, 30, 30));
    // 40 weights a second, 200 W.
    expect(ledger.energyOf(1, 1)?.dynamicJoules).toBeCloseTo(150, 6);
    expect(ledger.work().map(({ source, prefillJoules }) => [source, prefillJoules])).toEqual([
      ["e", expect.closeTo(3000, 6)],
      ["f", expect.closeTo(9000, 6)],
    ]);
  });
});

interface Scene {
  readonly phases: readonly {
    readonly from: number;
    readonly length: number;
    readonly weight: number;
    readonly probability: number | undefined;
  }[];
  readonly watts: readonly number[];
  readonly counts: readonly {
    readonly seconds: number;
    readonly tokens: number;
    readonly running: number;
  }[];
  readonly everySeconds: number;
}

const scenes: fc.Arbitrary<Scene> = fc.record({
  // Over two blocks, with few and with many phases to a window.
  phases: fc.array(
    fc.record({
      from: fc.integer({ min: 0, max: 1900 }),
      length: fc.integer({ min: 1, max: 150 }),
      weight: fc.integer({ min: 0, max: 500 }),
      probability: fc.constantFrom(undefined, 1, 0.5, 0.1),
    }),
    { maxLength: 90 },
  ),
  watts: fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 30, maxLength: 40 }),
  counts: fc.array(
    fc.record({
      seconds: fc.integer({ min: 0, max: 1900 }),
      tokens: fc.integer({ min: 0, max: 3000 }),
      running: fc.integer({ min: 0, max: 4 }),
    }),
    { maxLength: 40 },
  ),
  everySeconds: fc.constantFrom(20, 60, 90),
});

const POLICIES = ["separate", "shared", "included"] as const;

/** Steps that give the scene to a ledger. */
function stepsOf({ phases, watts, counts, everySeconds }: Scene): ((ledger: LedgerById) => void)[] {
  let joules = 0;
  let tokens = 0;
  const sorted = [...counts].sort((a, b) => a.seconds - b.seconds);
  return [
    ...watts.map((one, i) => {
      joules += one * everySeconds;
      const value = joules;
      return (ledger: LedgerById) => void ledger.addReading(reading(i * everySeconds, value));
    }),
    ...sorted.map((one) => {
      tokens += one.tokens;
      const count = work(one.seconds, [tokens, tokens >> 4], one.running);
      return (ledger: LedgerById) => void ledger.addWork(count);
    }),
    ...phases.map(({ from, length, weight, probability }, id) => {
      const given = phase(id, from, from + length, weight, probability);
      return (ledger: LedgerById) => void ledger.upsertPhase(given);
    }),
  ];
}

function figuresOf(ledger: LedgerById, { phases }: Scene): string {
  return JSON.stringify([
    phases.map((_, id) => ledger.energyOf(1, id)),
    ledger.balances(),
    ledger.work(),
  ]);
}

describe("sampled and counted load", () => {
  it("does not depend on order or repetition, to the last bit, asked in between", () => {
    fc.assert(
      fc.property(scenes, fc.constantFrom(...POLICIES), fc.nat(), (scene, idlePolicy, seed) => {
        const steps = stepsOf(scene);
        const straight = ledgerWith({ idlePolicy });
        for (const step of steps) step(straight);
        const shuffled = ledgerWith({ idlePolicy });
        let state = seed >>> 0;
        const below = (sides: number): number => {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
          return Math.floor((state / 2 ** 32) * sides);
        };
        const left = [...steps, ...steps.filter(() => below(10) === 0)];
        while (left.length > 0) {
          left.splice(below(left.length), 1)[0]?.(shuffled);
          if (below(20) === 0) figuresOf(shuffled, scene);
        }
        expect(figuresOf(shuffled, scene)).toBe(figuresOf(straight, scene));
      }),
      { numRuns: 150 },
    );
  });

  it("conserves: what is charged, idle and unattributed is what was metered, and unseen work is never negative", () => {
    fc.assert(
      fc.property(scenes, fc.constantFrom(...POLICIES), (scene, idlePolicy) => {
        const ledger = ledgerWith({ idlePolicy });
        for (const step of stepsOf(scene)) step(ledger);
        let charged = 0;
        scene.phases.forEach((_, id) => {
          const energy = ledger.energyOf(1, id);
          charged += energy?.energyJoules ?? 0;
          expect(energy?.energyJoules ?? 0).toBeGreaterThanOrEqual(0);
        });
        const [balance] = ledger.balances();
        if (balance === undefined) return;
        const { meteredJoules, attributedJoules, idleOpenJoules, idleEmptyJoules } = balance;
        const parts = Object.values(balance.unattributed);
        const booked = parts.reduce((sum, one) => sum + one, 0) + idleOpenJoules + idleEmptyJoules;
        expect(Math.abs(attributedJoules - charged)).toBeLessThanOrEqual(1e-9 * meteredJoules);
        expect(Math.abs(meteredJoules - attributedJoules - booked)).toBeLessThanOrEqual(
          1e-9 * meteredJoules,
        );
      }),
      { numRuns: 150 },
    );
  });

  it("is the same after what is old was forgotten", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const kept = ledgerWith();
        const forgetting = ledgerWith();
        for (const step of stepsOf(scene)) {
          step(kept);
          step(forgetting);
        }
        const late = scene.phases.flatMap(({ from }, id) => (from > 1200 ? [id] : []));
        const before = late.map((id) => kept.energyOf(1, id));
        forgetting.balances();
        forgetting.expire(at(1200));
        expect(late.map((id) => forgetting.energyOf(1, id))).toEqual(before);
        const [whole] = kept.balances();
        const [folded] = forgetting.balances();
        expect(folded?.attributedJoules).toBeCloseTo(whole?.attributedJoules ?? 0, 6);
      }),
      { numRuns: 60 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  epochStart,
  figuresOf,
  isClose,
  ORIGIN,
  phaseOf,
  play,
  scenes,
} from "./scene.test.maker.ts";

describe("a ledger's figures", () => {
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

  it("go to another device, or by other shares, where nothing else of a phase changed", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const ledger = play({ ...scene, works: [] });
        const work = { id: 1, from: 0, to: 40_000, weight: 10, devices: ["n/a"] };
        for (const devices of [["n/a"], ["n/b"], ["n/a", "n/b"]]) {
          const phase = phaseOf({ ...work, devices });
          expect(ledger.upsertPhase(phase)).toBe("changed");
          expect(ledger.upsertPhase(phase)).toBe("unchanged");
          expect(ledger.energyOf(1, 1)?.devices.map(({ device }) => device.key)).toEqual(devices);
        }
        const [a, b] = phaseOf({ ...work, devices: ["n/a", "n/b"] }).devices.map((one, i) => ({
          ...one,
          share: i === 0 ? 0.25 : 0.75,
        }));
        const uneven = { ...phaseOf(work), devices: [a, b].filter((one) => one !== undefined) };
        expect(ledger.upsertPhase(uneven)).toBe("changed");
      }),
      { numRuns: 20 },
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
          expect(
            isClose(balance.meteredJoules, before[i]?.meteredJoules, balance.meteredJoules),
          ).toBe(true);
          expect(
            isClose(balance.attributedJoules, before[i]?.attributedJoules, balance.meteredJoules),
          ).toBe(true);
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

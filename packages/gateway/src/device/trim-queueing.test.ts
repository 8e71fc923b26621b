import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PrefillWindow, trimQueueing } from "./trim-queueing.ts";

const window = (
  id: string,
  startMs: number,
  endMs: number,
  includesQueueing = true,
): PrefillWindow<string> => ({
  id,
  startNs: BigInt(startMs) * 1_000_000n,
  endNs: BigInt(endMs) * 1_000_000n,
  includesQueueing,
});

const trimmedMs = (windows: readonly PrefillWindow<string>[]): unknown =>
  Object.fromEntries([...trimQueueing(windows)].map(([id, ns]) => [id, Number(ns / 1_000_000n)]));

describe("trimQueueing", () => {
  it("starts at the last completion of the pass before", () => {
    const windows = [
      window("a", 0, 400),
      window("b", 10, 430),
      window("c", 20, 900),
      window("d", 30, 920),
      window("e", 600, 1000),
    ];
    expect(trimmedMs(windows)).toEqual({ a: 0, b: 10, c: 430, d: 430, e: 920 });
  });

  it("keeps a start that lies after the pass before, and one that does not include queueing", () => {
    const windows = [window("a", 0, 400), window("b", 450, 900), window("c", 10, 905, false)];
    expect(trimmedMs(windows)).toEqual({ a: 0, b: 450, c: 10 });
  });

  it("counts completions of windows without queueing too", () => {
    expect(trimmedMs([window("a", 0, 400, false), window("b", 10, 900)])).toEqual({ a: 0, b: 400 });
  });

  it("starts a new pass only above 50 ms", () => {
    expect(trimmedMs([window("a", 0, 400), window("b", 0, 450)])).toEqual({ a: 0, b: 0 });
    expect(trimmedMs([window("a", 0, 400), window("b", 0, 451)])).toEqual({ a: 0, b: 400 });
  });

  it("has nothing to do without windows", () => {
    expect(trimQueueing([])).toEqual(new Map());
  });
});

describe("properties", () => {
  const windows = fc
    .uniqueArray(
      fc.record({
        id: fc.nat(1000),
        startMs: fc.nat(2000),
        lengthMs: fc.integer({ min: 1, max: 800 }),
        includesQueueing: fc.boolean(),
      }),
      { selector: ({ id }) => id, maxLength: 30 },
    )
    .map((drafts) =>
      drafts.map(({ id, startMs, lengthMs, includesQueueing }) =>
        window(String(id), startMs, startMs + lengthMs, includesQueueing),
      ),
    );

  it("moves starts later only, and never to the end or past it", () => {
    fc.assert(
      fc.property(windows, (all) => {
        const starts = trimQueueing(all);
        expect(starts.size).toBe(all.length);
        for (const { id, startNs, endNs, includesQueueing } of all) {
          const trimmed = starts.get(id) ?? -1n;
          expect(trimmed).toBeGreaterThanOrEqual(startNs);
          expect(trimmed).toBeLessThan(endNs);
          if (!includesQueueing) expect(trimmed).toBe(startNs);
        }
      }),
    );
  });

  it("does not depend on order", () => {
    const shuffled = windows.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        expect(new Map([...trimQueueing(other)].sort())).toEqual(
          new Map([...trimQueueing(all)].sort()),
        );
      }),
    );
  });
});

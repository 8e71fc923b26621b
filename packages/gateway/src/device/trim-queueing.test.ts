import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createQueueTrimmer, type PrefillWindow } from "./trim-queueing.ts";

const window = (
  id: string,
  startMs: number,
  endMs: number,
  includesQueueing = true,
): PrefillWindow => ({
  id,
  startNs: BigInt(startMs) * 1_000_000n,
  endNs: BigInt(endMs) * 1_000_000n,
  includesQueueing,
});

function trimQueueing(windows: readonly PrefillWindow[]): Map<string, bigint | undefined> {
  const trimmer = createQueueTrimmer();
  for (const one of windows) trimmer.set(one);
  return new Map(windows.map(({ id }) => [id, trimmer.startOf(id)]));
}

const trimmedMs = (windows: readonly PrefillWindow[]): unknown =>
  Object.fromEntries(
    [...trimQueueing(windows)].map(([id, ns]) => [id, Number((ns ?? 0n) / 1_000_000n)]),
  );

describe("createQueueTrimmer", () => {
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

  it("moves nobody when it is told the same again", () => {
    const trimmer = createQueueTrimmer();
    for (const one of [window("a", 0, 400), window("b", 0, 900)]) trimmer.set(one);
    expect(trimmer.set(window("a", 0, 400))).toEqual([]);
    expect(trimmer.set(window("a", 0, 500))).toContain("b");
  });

  it("lets what was dropped stand", () => {
    const trimmer = createQueueTrimmer();
    for (const one of [window("a", 0, 400), window("b", 0, 900)]) trimmer.set(one);
    trimmer.dropBefore(500_000_000n);
    expect(trimmer.startOf("a")).toBeUndefined();
    trimmer.set(window("c", 100, 950));
    expect(trimmer.startOf("b")).toBe(400_000_000n);
    expect(trimmer.startOf("c")).toBe(400_000_000n);
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

  it("depends on the windows that are there alone, and says whose start moved", () => {
    const steps = fc.array(fc.tuple(windows, fc.array(fc.nat(1000), { maxLength: 10 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(steps, (batches) => {
        const trimmer = createQueueTrimmer();
        const there = new Map<string, PrefillWindow>();
        const known = new Map<string, bigint | undefined>();
        const apply = (id: string, moved: readonly string[]): void => {
          for (const other of moved) known.set(other, trimmer.startOf(other));
          known.set(id, trimmer.startOf(id));
        };
        for (const [added, removed] of batches) {
          for (const one of added) {
            there.set(one.id, one);
            apply(one.id, trimmer.set(one));
          }
          for (const id of removed.map(String)) {
            there.delete(id);
            apply(id, trimmer.remove(id));
            known.delete(id);
          }
        }
        const fresh = trimQueueing([...there.values()].reverse());
        expect(new Map([...known].sort())).toEqual(new Map([...fresh].sort()));
        for (const [id, one] of there) expect(trimmer.startOf(id)).toBe(startOf(one, there));
      }),
      { numRuns: 300 },
    );
  });
});

/** The rule as it reads: walk completions in order, a gap above 50 ms starts a pass. */
function startOf(window: PrefillWindow, all: ReadonlyMap<string, PrefillWindow>): bigint {
  const ends = [...all.values()].map(({ endNs }) => endNs).sort((a, b) => (a < b ? -1 : 1));
  let passEnd: bigint | undefined;
  ends.forEach((end, i) => {
    const before = ends[i - 1];
    if (before !== undefined && end <= window.endNs && end - before > 50_000_000n) passEnd = before;
  });
  const isLate = passEnd !== undefined && passEnd > window.startNs && window.includesQueueing;
  return isLate ? (passEnd as bigint) : window.startNs;
}

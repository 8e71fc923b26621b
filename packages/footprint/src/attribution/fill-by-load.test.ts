import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Segments } from "./build-segments.ts";
import { createLoadFiller, FOR_LOWER, FOR_UPPER } from "./fill-by-load.ts";

interface Row {
  readonly ns: number;
  readonly load: number;
}

const rows = fc.array(
  fc.record({ ns: fc.integer({ min: 1, max: 5e8 }), load: fc.integer({ min: 1, max: 9 }) }),
  { minLength: 1, maxLength: 90 },
);

/** One interval of all segments, as the filler reads it. */
function segmentsOf(list: readonly Row[]): Segments {
  const at = new Float64Array(list.length + 1);
  list.forEach(({ ns }, i) => {
    at[i + 1] = (at[i] as number) + ns;
  });
  return {
    at,
    load: Float64Array.from(list, ({ load }) => load / 3),
    earliestAt: Uint32Array.of(0),
    latestAt: Uint32Array.of(list.length),
  } as unknown as Segments;
}

/** The same by sorting what is asked for. */
function expectedOf(list: readonly Row[], a: number, b: number, seconds: number): number {
  let left = seconds;
  let sum = 0;
  for (const { ns, load } of list.slice(a, b).sort((x, y) => x.load - y.load)) {
    const taken = Math.min(left, ns * 1e-9);
    sum += taken / (load / 3);
    left -= taken;
  }
  return sum;
}

describe("createLoadFiller", () => {
  it("fills any part of an interval from its lowest load, whatever was asked before", () => {
    const filler = createLoadFiller();
    fc.assert(
      fc.property(
        rows,
        fc.double({ min: 0, max: 30, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { maxLength: 20 }),
        (list, upperSeconds, lowerSeconds, parts) => {
          filler.prepare(segmentsOf(list), 1);
          for (const [x, y, isUpper] of parts) {
            const a = x % list.length;
            const b = a + 1 + (y % (list.length - a));
            const seconds = isUpper ? upperSeconds : lowerSeconds;
            const purpose = isUpper ? FOR_UPPER : FOR_LOWER;
            const expected = expectedOf(list, a, b, seconds);
            expect(filler.cheapest(0, a, b, seconds, purpose)).toBeCloseTo(expected, 9);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

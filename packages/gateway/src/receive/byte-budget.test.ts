import fc from "fast-check";
import { expect, it } from "vitest";
import { createByteBudget } from "./byte-budget.ts";

it("never lends more than it has, and gets all of it back", () => {
  const steps = fc.array(
    fc.record({ hold: fc.nat(4), bytes: fc.nat(60), isRelease: fc.boolean() }),
  );
  fc.assert(
    fc.property(steps, (taken) => {
      const budget = createByteBudget(100);
      const holds = Array.from({ length: 5 }, () => budget.hold());
      for (const { hold, bytes, isRelease } of taken) {
        const before = budget.usedBytes();
        if (isRelease) holds[hold]?.release();
        else if (holds[hold]?.add(bytes)) expect(budget.usedBytes()).toBe(before + bytes);
        else expect(before + bytes).toBeGreaterThan(100);
        expect(budget.usedBytes()).toBeLessThanOrEqual(100);
      }
      for (const hold of [...holds, ...holds]) hold.release();
      expect(budget.usedBytes()).toBe(0);
    }),
  );
});

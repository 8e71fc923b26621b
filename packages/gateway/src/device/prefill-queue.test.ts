import fc from "fast-check";
import { expect, it } from "vitest";
import { createPrefillQueue } from "./prefill-queue.ts";
import { type PrefillWindow, trimQueueing } from "./trim-queueing.ts";

const change = fc.record({
  id: fc.constantFrom(..."abcdefghijkl"),
  isRemoved: fc.boolean(),
  isLooked: fc.boolean(),
  startMs: fc.nat(400),
  lengthMs: fc.integer({ min: 1, max: 300 }),
  includesQueueing: fc.boolean(),
});

it("knows after every change what trimming all windows at once gives", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const queue = createPrefillQueue();
      const windows = new Map<string, PrefillWindow<string>>();
      const starts = new Map<string, bigint>();
      for (const { id, isRemoved, isLooked, startMs, lengthMs, includesQueueing } of changes) {
        starts.delete(id);
        if (isRemoved) {
          queue.remove(id);
          windows.delete(id);
        } else {
          const startNs = BigInt(startMs) * 1_000_000n;
          const endNs = startNs + BigInt(lengthMs) * 1_000_000n;
          const window = { id, startNs, endNs, includesQueueing };
          queue.set(window);
          windows.set(id, window);
        }
        if (!isLooked) continue;
        for (const [moved, start] of queue.retrim()) starts.set(moved, start);
        expect(new Map([...starts].sort())).toEqual(
          new Map([...trimQueueing([...windows.values()])].sort()),
        );
      }
    }),
    { numRuns: 2000 },
  );
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { createSendQueue, type SendItem } from "./send-queue.ts";

function itemOf(sizeBytes: number): SendItem {
  return {
    signal: "traces",
    encoding: "protobuf",
    sizeBytes,
    payload: Buffer.of(),
    isCompressed: false,
  };
}

it("is first in, first out, and counts until an item is settled", async () => {
  const queue = createSendQueue({ maxBytes: 10, maxItems: 10 });
  const [a, b, c] = [itemOf(4), itemOf(6), itemOf(1)];
  expect([queue.offer(a), queue.offer(b), queue.offer(c)]).toEqual([true, true, false]);
  expect([queue.take(), queue.take(), queue.take()]).toEqual([a, b, undefined]);
  expect(queue.saturation()).toBe(1);
  let isSettled = false;
  const settled = queue.settled().then(() => {
    isSettled = true;
  });
  queue.settle(a);
  queue.settle(a);
  expect([queue.sizeBytes(), queue.offer(c)]).toEqual([6, true]);
  await Promise.resolve();
  expect(isSettled).toBe(false);
  queue.settle(b);
  await settled;
  expect(queue.unsettled()).toEqual([c]);
});

it("grows past its bytes by less than one item, never past its number", () => {
  const steps = fc.array(
    fc.record({ sizeBytes: fc.integer({ min: 1, max: 60 }), isSettle: fc.boolean() }),
  );
  fc.assert(
    fc.property(steps, (taken) => {
      const queue = createSendQueue({ maxBytes: 100, maxItems: 5 });
      for (const { sizeBytes, isSettle } of taken) {
        const [oldest] = queue.unsettled();
        if (isSettle && oldest) queue.settle(oldest);
        else {
          const isFull = queue.saturation() >= 1;
          expect(queue.offer(itemOf(sizeBytes))).toBe(!isFull);
        }
        const items = queue.unsettled();
        expect(queue.sizeBytes()).toBe(items.reduce((sum, each) => sum + each.sizeBytes, 0));
        expect(queue.sizeBytes()).toBeLessThan(160);
        expect(items.length).toBeLessThanOrEqual(5);
      }
    }),
  );
});

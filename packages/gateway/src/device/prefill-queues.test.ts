import { expect, it } from "vitest";
import type { StagedPhase } from "./device-stage.ts";
import { createPrefillQueues } from "./prefill-queues.ts";

const prefill = (id: string, queue: string, startNs: bigint, endNs: bigint): StagedPhase => ({
  id,
  phase: "prefill",
  startUnixNano: startNs,
  endUnixNano: endNs,
  includesQueueing: true,
  placement: { missing: "no_device" },
  queue,
});

it("moves the starts in the queue that a phase leaves, and in the one that it joins", () => {
  const queues = createPrefillQueues();
  const first = prefill("a", "one", 0n, 400_000_000n);
  const others = [
    prefill("b", "one", 0n, 900_000_000n),
    prefill("c", "two", 0n, 900_000_000n),
  ] as const;
  for (const phase of [first, ...others]) queues.put(phase, undefined);
  expect(others.map(queues.startOf)).toEqual([400_000_000n, 0n]);
  expect(queues.put({ ...first, queue: "two" }, first)).toEqual(["b", "c"]);
  expect(others.map(queues.startOf)).toEqual([0n, 400_000_000n]);
});

it("has no queue for a decode, nor for a prefill that became one", () => {
  const queues = createPrefillQueues();
  const first = prefill("a", "one", 0n, 400_000_000n);
  const second = prefill("b", "one", 0n, 900_000_000n);
  for (const phase of [first, second]) queues.put(phase, undefined);
  expect(queues.put({ ...first, phase: "decode" }, first)).toEqual(["b"]);
  expect(queues.startOf(second)).toBe(0n);
});

it("forgets a queue once all of it is old", () => {
  const queues = createPrefillQueues();
  queues.put(prefill("a", "one", 0n, 400_000_000n), undefined);
  queues.dropBefore(500_000_000n);
  const late = prefill("b", "one", 0n, 900_000_000n);
  queues.put(late, undefined);
  expect(queues.startOf(late)).toBe(0n);
});

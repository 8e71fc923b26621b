import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createPoll } from "./poll.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Seconds at which attempts began, each of which succeeds or not as told; the last goes on. */
async function attempts(
  intervalSeconds: number,
  ...outcomes: readonly boolean[]
): Promise<readonly number[]> {
  const began = Date.now();
  const seconds: number[] = [];
  const poll = createPoll(async () => {
    seconds.push((Date.now() - began) / 1000);
    return outcomes[Math.min(seconds.length, outcomes.length) - 1] ?? true;
  }, intervalSeconds * 1000);
  poll.start();
  await vi.advanceTimersByTimeAsync(300_000);
  poll.shutdown();
  return seconds;
}

it("keeps its interval while it succeeds", async () => {
  expect((await attempts(100, true)).slice(0, 3)).toEqual([0, 100, 200]);
});

it("waits twice as long after each further failure, at most a minute", async () => {
  const seconds = await attempts(5, false);
  expect(seconds).toEqual([0, 5, 15, 35, 75, 135, 195, 255]);
});

it("never asks more often than its interval because of failures", async () => {
  expect(await attempts(90, false)).toEqual([0, 90, 180, 270]);
});

it("is back at its interval after a success", async () => {
  const seconds = await attempts(5, false, false, false, true);
  expect(seconds.slice(0, 6)).toEqual([0, 5, 15, 35, 40, 45]);
});

it("does one attempt at a time, and none after shutdown", async () => {
  let running = 0;
  let most = 0;
  let count = 0;
  const poll = createPoll(async () => {
    count++;
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    running--;
    return true;
  }, 1000);
  await poll.flush();
  expect(count).toBe(0);
  poll.start();
  const flushes = Promise.all([poll.flush(), poll.flush()]);
  await vi.advanceTimersByTimeAsync(2500);
  await flushes;
  expect([count, most]).toEqual([1, 1]);
  poll.shutdown();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(count).toBe(1);
});

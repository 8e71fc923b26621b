import { expect, it } from "vitest";
import { createSettleWait } from "./settle-wait.ts";

it("waits for nothing without history, and with little for twice the longest", () => {
  const wait = createSettleWait();
  expect(wait.waitMs()).toBe(0);
  for (const durationMs of [100, 4000, 20]) wait.record(durationMs, 0);
  expect(wait.waitMs()).toBe(8000);
});

it("waits for the 99.9th percentile, to the width of a bucket", () => {
  const wait = createSettleWait();
  for (let i = 0; i < 9990; i++) wait.record(1000, 0);
  for (let i = 0; i < 20; i++) wait.record(30_000, 0);
  expect(wait.waitMs()).toBeGreaterThanOrEqual(30_000);
  expect(wait.waitMs()).toBeLessThan(30_000 * 2 ** (1 / 8));
});

it("forgets durations of more than an hour ago", () => {
  const wait = createSettleWait();
  for (let i = 0; i < 2000; i++) wait.record(30_000, 0);
  for (let i = 0; i < 2000; i++) wait.record(1000, 1.9e6);
  for (let i = 0; i < 2000; i++) wait.record(1000, 3.8e6);
  expect(wait.waitMs()).toBeLessThan(1100);
});

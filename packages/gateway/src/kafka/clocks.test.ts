import { describe, expect, it } from "vitest";
import { createCheckpoints } from "./checkpoints.ts";
import { createStreamClock } from "./stream-clock.ts";

describe("createStreamClock", () => {
  it("stands where records are, and goes on with the fetches once there are no more", () => {
    const clock = createStreamClock(false);
    expect(clock.atMs(5000)).toBe(Number.NEGATIVE_INFINITY);
    clock.read(1000, false);
    expect(clock.atMs(5000)).toBe(1000);
    clock.read(2000, true);
    expect(clock.atMs(5000)).toBe(5000);
    clock.read(3000, false);
    expect(clock.atMs(9000)).toBe(5000);
  });

  it("goes with the fetches of an empty partition from the start", () => {
    const clock = createStreamClock(true);
    expect([4000, 7000].map(clock.atMs)).toEqual([4000, 7000]);
  });
});

describe("createCheckpoints", () => {
  it("gives the latest position that is old enough, once", () => {
    const checkpoints = createCheckpoints<number>();
    for (let second = 1; second <= 60; second++) checkpoints.note(second * 1000, () => second);
    expect(checkpoints.take(500)).toBeUndefined();
    const found = checkpoints.take(35_000);
    expect(found?.atMs).toBeLessThan(35_000);
    expect(found?.atMs).toBeGreaterThanOrEqual(25_000);
    expect(found?.position).toBe((found?.atMs ?? 0) / 1000);
    expect(checkpoints.take(35_000)).toBeUndefined();
  });
});

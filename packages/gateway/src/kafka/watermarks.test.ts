import { describe, expect, it } from "vitest";
import { createWatermarks } from "./watermarks.ts";

describe("createWatermarks", () => {
  it("stands still until every partition has spoken, then follows the slowest", () => {
    const marks = createWatermarks(2, 10_000);
    marks.note(0, 1000, 1000);
    expect(marks.clockMs(2000)).toBeUndefined();
    marks.note(1, 700, 1500);
    expect(marks.clockMs(2000)).toBe(700);
    marks.note(1, 1400, 2000);
    expect(marks.clockMs(2000)).toBe(1000);
  });

  it("skips a silent partition after the hold, and never runs back when it speaks again", () => {
    const marks = createWatermarks(2, 10_000);
    marks.note(0, 1000, 1000);
    marks.note(1, 700, 1000);
    marks.note(0, 20_000, 20_000);
    expect(marks.silentAt(11_000)).toBe(0);
    expect(marks.silentAt(20_000)).toBe(1);
    expect(marks.clockMs(20_000)).toBe(20_000);
    marks.note(1, 800, 21_000);
    expect(marks.clockMs(21_000)).toBe(20_000);
    expect(marks.silentAt(21_000)).toBe(0);
  });

  it("skips one that never spoke", () => {
    const marks = createWatermarks(3, 10_000);
    marks.note(0, 1000, 1000);
    marks.note(1, 1000, 1000);
    marks.note(0, 12_000, 12_000);
    marks.note(1, 12_000, 12_000);
    expect(marks.clockMs(12_000)).toBe(12_000);
  });
});

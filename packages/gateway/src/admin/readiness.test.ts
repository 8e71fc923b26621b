import { expect, it } from "vitest";
import { readinessOf } from "./readiness.ts";

const exporter = (
  name: string,
  down: boolean,
  full: boolean,
): Parameters<typeof readinessOf>[1][0] => ({
  name,
  isDown: () => down,
  isFull: () => full,
});

it("is ready once started, while one exporter works", () => {
  expect(readinessOf(false, []).isReady).toBe(false);
  expect(readinessOf(true, [])).toEqual({ isReady: true, reasons: [] });
  expect(readinessOf(true, [exporter("a", true, true), exporter("b", false, false)])).toEqual({
    isReady: true,
    reasons: ["a is down"],
  });
  expect(readinessOf(true, [exporter("a", true, false), exporter("b", false, true)])).toEqual({
    isReady: false,
    reasons: ["a is down", "the queue of b is full"],
  });
});

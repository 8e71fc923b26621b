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

it("is ready while it runs", () => {
  expect(readinessOf("starting", [])).toEqual({ isReady: false, reasons: ["starting"] });
  expect(readinessOf("running", [])).toEqual({ isReady: true, reasons: [] });
  expect(readinessOf("shutting down", [])).toMatchObject({ isReady: false });
});

it("is not ready where a queue is full, or no exporter works", () => {
  const up = exporter("b", false, false);
  expect(readinessOf("running", [exporter("a", true, false), up])).toEqual({
    isReady: true,
    reasons: ["a is down"],
  });
  expect(readinessOf("running", [exporter("a", true, true), up])).toEqual({
    isReady: false,
    reasons: ["a is down", "the queue of a is full"],
  });
  expect(readinessOf("running", [exporter("a", true, false)]).isReady).toBe(false);
});

it("is ready where the full queue is of a backend that may lose data", () => {
  const lossy = { ...exporter("a", false, true), dropsWhenFull: true };
  expect(readinessOf("running", [lossy])).toEqual({
    isReady: true,
    reasons: ["the queue of a is full"],
  });
});

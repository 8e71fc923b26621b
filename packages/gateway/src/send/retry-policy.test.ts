import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  backoffMs,
  defaultRetryPolicy,
  isRetryableStatus,
  parseRetryAfter,
} from "./retry-policy.ts";

describe("isRetryableStatus", () => {
  it("is true for the four that OTLP names", () => {
    const all = Array.from({ length: 500 }, (_, i) => 100 + i);
    expect(all.filter(isRetryableStatus)).toEqual([429, 502, 503, 504]);
  });
});

describe("backoffMs", () => {
  it("grows to its limit, spread by half", () => {
    const policy = { ...defaultRetryPolicy, initialDelayMs: 1000, maxDelayMs: 4000, multiplier: 2 };
    expect([1, 2, 3, 4, 1000].map((failures) => backoffMs(policy, failures, 0.5))).toEqual([
      1000, 2000, 4000, 4000, 4000,
    ]);
    expect(backoffMs(policy, 1, 0)).toBe(500);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (n, random) => {
          const ms = backoffMs(policy, n, random);
          expect(ms).toBeGreaterThanOrEqual(500);
          expect(ms).toBeLessThan(6000);
        },
      ),
    );
  });
});

describe("parseRetryAfter", () => {
  const nowMs = Date.parse("2026-11-24T09:00:00Z");

  it.each([
    ["7", 7000],
    [" 0 ", 0],
    ["Tue, 24 Nov 2026 09:00:05 GMT", 5000],
    ["Tuesday, 24-Nov-26 09:00:05 GMT", 5000],
    ["Tue, 24 Nov 2026 08:00:00 GMT", 0],
    ["86400", 300_000],
    ["99999999999999999999", 300_000],
    ["Tue, 24 Nov 2099 09:00:05 GMT", 300_000],
    ["", undefined],
    ["soon", undefined],
    ["-5", undefined],
    ["1.5", undefined],
    ["0x10", undefined],
    [undefined, undefined],
  ])("reads %j as %s ms", (header, ms) => {
    expect(parseRetryAfter(header, nowMs)).toBe(ms);
  });
});

import { describe, expect, it } from "vitest";
import { parseUnixNano } from "./instant-text.ts";

describe("parseUnixNano", () => {
  it("reads times with their zone, to the nanosecond", () => {
    expect(parseUnixNano("2026-01-01T00:00:00Z")).toBe(1_767_225_600_000_000_000n);
    expect(parseUnixNano("2026-01-01T01:00:00+01:00")).toBe(1_767_225_600_000_000_000n);
    expect(parseUnixNano("2026-01-01T00:00:00.000000001Z")).toBe(1_767_225_600_000_000_001n);
    expect(parseUnixNano("2026-01-01T00:00:00.5Z")).toBe(1_767_225_600_500_000_000n);
  });

  it.each([
    "",
    "2026-01-01",
    "2026-01-01T00:00:00",
    "2026-01-01 00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:00:00+99:00",
    "1969-12-31T23:59:59Z",
  ])("refuses %j", (text) => {
    expect(parseUnixNano(text)).toBeUndefined();
  });
});

import { describe, expect, it } from "vitest";
import { parseDurationMs } from "./duration.ts";

describe("parseDurationMs", () => {
  it.each([
    ["0s", 0],
    ["250ms", 250],
    ["10s", 10_000],
    ["5m", 300_000],
    ["70m", 4_200_000],
    ["1h30m", 5_400_000],
    ["1m500ms", 60_500],
    ["1.5s", 1500],
  ])("reads %s", (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });

  it.each(["", "10", "s", "-5s", "5 m", "5d", "1h30", "1e3s", "5ss", "Infinitys"])(
    "refuses %j",
    (text) => {
      expect(parseDurationMs(text)).toBeUndefined();
    },
  );
});

import { describe, expect, it } from "vitest";
import { byteSize, parseByteSize } from "./byte-size.ts";

describe("parseByteSize", () => {
  it.each([
    ["20MiB", 20_971_520],
    ["64 MiB", 67_108_864],
    ["500kB", 500_000],
    ["1KiB", 1024],
    ["1.5GiB", 1_610_612_736],
    ["2GB", 2_000_000_000],
    ["7B", 7],
  ])("reads %s", (text, expected) => {
    expect(parseByteSize(text)).toBe(expected);
  });

  it.each(["", "64", "MiB", "-1MiB", "64Mib", "64TiB", "6 4MiB", "kiB", "1kiB"])(
    "refuses %j",
    (text) => {
      expect(parseByteSize(text)).toBeUndefined();
    },
  );
});

describe("byteSize", () => {
  it("refuses a size of 0", () => {
    expect(byteSize.safeParse("0MiB").success).toBe(false);
    expect(byteSize.parse("1KiB")).toBe(1024);
  });
});

import { expect, it } from "vitest";
import { weigh } from "./weigh.ts";

it("prices a decode token by the ratio and a prefill token by 1", () => {
  expect(weigh("prefill", 100, 2, "priced", 8)).toEqual({ weight: 100, isAssumed: false });
  expect(weigh("decode", 100, 2, "priced", 8)).toEqual({ weight: 800, isAssumed: false });
  expect(weigh("mixed", 10, 2, "priced", 5)).toEqual({ weight: 50, isAssumed: false });
});

it("counts tokens or seconds alike in every phase where asked to", () => {
  expect(weigh("decode", 100, 2, "tokens", 8)).toEqual({ weight: 100, isAssumed: false });
  expect(weigh("decode", undefined, 2, "time", 8)).toEqual({ weight: 2, isAssumed: false });
});

it("assumes a typical rate where tokens are not told, and says so", () => {
  expect(weigh("prefill", undefined, 2, "priced", 8)).toEqual({ weight: 4000, isAssumed: true });
  expect(weigh("decode", undefined, 2, "tokens", 8)).toEqual({ weight: 66, isAssumed: true });
});

it("lets a KV transfer weigh nothing", () => {
  expect(weigh("kv_transfer", 100, 2, "time", 8)).toEqual({ weight: 0, isAssumed: false });
});

import { expect, it } from "vitest";
import { meterWaitMs } from "./meter-wait.ts";

it("waits one and a half lags, no less than the linger and no more than ten minutes", () => {
  expect(meterWaitMs(0, 10_000)).toBe(10_000);
  expect(meterWaitMs(60_000, 10_000)).toBe(90_000);
  expect(meterWaitMs(3_600_000, 10_000)).toBe(600_000);
});

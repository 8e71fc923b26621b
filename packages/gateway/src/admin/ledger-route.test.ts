import { expect, it } from "vitest";
import { meterAt500W, startPipeline } from "../pipeline.test.fixture.ts";
import { ledgerRoute } from "./ledger-route.ts";

it("says what its own pipeline knows now", async () => {
  const joulesAt = async (route: ReturnType<typeof ledgerRoute>): Promise<number> =>
    JSON.parse(String((await route(new URLSearchParams())).body)).totals.meteredJoules;
  const [one, other] = [startPipeline().pipeline, startPipeline().pipeline];
  const [ofOne, ofOther] = [ledgerRoute(one), ledgerRoute(other)];
  expect([await joulesAt(ofOne), await joulesAt(ofOther)]).toEqual([0, 0]);
  one.addReadings(meterAt500W(0, 10));
  other.addReadings(meterAt500W(0, 20));
  expect([await joulesAt(ofOne), await joulesAt(ofOther)]).toEqual([5000, 10_000]);
});

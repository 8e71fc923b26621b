import type { IntensitySource } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { createIntensityHistory } from "./intensity-history.ts";

const sourceOf = (gramsPerKwh: number, cuts: readonly number[]): IntensitySource => ({
  name: `source of ${gramsPerKwh}`,
  factorAt: (zone, at) =>
    zone === "FR"
      ? {
          id: `${gramsPerKwh}`,
          zone,
          gramsPerKwh,
          from: { epoch: 0, ns: 0 },
          to: { epoch: at.epoch + 1000, ns: 0 },
          signal: "average",
          basis: "lifecycle",
          accounting: "location_based",
          tier: "measured",
          provider: "test",
          datasetVersion: "1",
          licence: "none",
        }
      : { missing: "no_zone" },
  changesIn: () => cuts,
});

it("changes the source at the next whole minute, and no factor reaches over it", () => {
  const history = createIntensityHistory(sourceOf(10, [5]));
  history.renew(sourceOf(20, [7]), { epoch: 100, ns: 1 });
  history.renew(sourceOf(30, []), { epoch: 200, ns: 0 });
  const at = (epoch: number) => history.factorAt("FR", { epoch, ns: 0 });
  expect([99, 100, 101, 199, 200].map(at)).toMatchObject([
    { gramsPerKwh: 10, to: { epoch: 101, ns: 0 } },
    { gramsPerKwh: 10, to: { epoch: 101, ns: 0 } },
    { gramsPerKwh: 20, to: { epoch: 200, ns: 0 } },
    { gramsPerKwh: 20, to: { epoch: 200, ns: 0 } },
    { gramsPerKwh: 30, to: { epoch: 1200, ns: 0 } },
  ]);
  expect([100, 101, 200].map((epoch) => history.changesIn?.("FR", epoch))).toEqual([[5], [7], []]);
  expect(history.factorAt("XX", { epoch: 1, ns: 0 })).toEqual({ missing: "no_zone" });
  expect(history.name).toBe("source of 30");
});

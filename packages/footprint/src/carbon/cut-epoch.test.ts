import { expect, it } from "vitest";
import { compareInstants, type Instant } from "../instant.ts";
import { cutEpoch } from "./cut-epoch.ts";
import type { EmissionFactor, IntensitySource } from "./intensity-source.ts";

/** Factors that hold between the given times, and before the first and after the last. */
function steps(...times: readonly Instant[]): IntensitySource {
  return {
    name: "steps",
    factorAt: (zone, at) => {
      if (zone !== "FR") return { missing: "unknown_zone" };
      const next = times.findIndex((time) => compareInstants(at, time) < 0);
      const to = next < 0 ? { epoch: Infinity, ns: 0 } : (times[next] as Instant);
      return { id: String(next), from: at, to } as EmissionFactor;
    },
  };
}

it("cuts where a factor ends inside the epoch, and not at its ends", () => {
  const source = steps(
    { epoch: 9, ns: 5e9 },
    { epoch: 10, ns: 0 },
    { epoch: 10, ns: 1e9 },
    { epoch: 10, ns: 30e9 },
    { epoch: 11, ns: 0 },
  );
  expect(cutEpoch(source, "FR", 9)).toEqual([5e9]);
  expect(cutEpoch(source, "FR", 10)).toEqual([1e9, 30e9]);
  expect(cutEpoch(source, "FR", 11)).toEqual([]);
});

it("does not cut without a factor", () => {
  expect(cutEpoch(steps({ epoch: 9, ns: 5e9 }), "XX", 9)).toEqual([]);
});

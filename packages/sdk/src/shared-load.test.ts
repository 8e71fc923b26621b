import type { Instant, Phase } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { createSharedLoad } from "./shared-load.ts";

const at = (seconds: number): Instant => ({ epoch: 1000, ns: seconds * 1e9 });
const phase = (idLow: number, start: number, end: number, weight: number): Phase => ({
  idHigh: 0,
  idLow,
  start: at(start),
  end: at(end),
  weight,
  devices: [
    { device: "n/a", share: 0.5 },
    { device: "n/b", share: 0.5 },
  ],
});

it("is our own load divided by our part, wherever our load changes, each stretch once", () => {
  const shared = createSharedLoad("n/a");
  expect(shared.knownUntil).toBeUndefined();
  shared.addUse(at(0), at(10), 0.75);
  shared.addPhase(phase(1, 2, 6, 40));
  shared.addPhase(phase(2, 4, 8, 80));
  const loads = shared.takeLoads(at(6));
  expect(loads.map(({ from, to, weight }) => [from.ns / 1e9, to.ns / 1e9, weight])).toEqual([
    [2, 4, 40],
    [4, 6, 120],
  ]);
  expect(shared.takeLoads(at(6))).toEqual([]);
  expect(shared.takeLoads(at(20)).map(({ weight }) => weight)).toEqual([80]);
  expect(shared.knownUntil).toEqual(at(10));
});

it("is nothing where nobody else works", () => {
  const shared = createSharedLoad("n/a");
  shared.addUse(at(0), at(10), 0);
  shared.addPhase(phase(1, 2, 6, 40));
  expect(shared.takeLoads(at(20))).toEqual([]);
});

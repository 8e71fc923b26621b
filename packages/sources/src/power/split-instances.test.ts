import { addNs, instantOfMs, type MeterReading } from "@wattspan/footprint";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dcgm } from "./dcgm.ts";
import { parseExposition } from "./parse-exposition.ts";
import { readBoards, samplesOf } from "./read-boards.ts";
import { createSplitInstances } from "./split-instances.ts";

const T0 = instantOfMs(1_795_000_020_000);
const node = {
  name: "n",
  aliases: [],
  devices: [
    {
      id: "GPU-a",
      idleWatts: 70,
      instances: [
        { id: "MIG-1", slices: 1, gpuInstance: "7" },
        { id: "MIG-2", slices: 2, gpuInstance: "5" },
        { id: "MIG-4", slices: 4, gpuInstance: "1" },
      ],
    },
    { id: "GPU-b" },
  ],
};
const counter = (second: number, value: number): MeterReading => {
  return { device: "n/GPU-a", kind: "counter", value, at: addNs(T0, second * 1e9) };
};
const busy = (one: number, two: number, four: number) =>
  new Map([
    ["7", one],
    ["5", two],
    ["1", four],
  ]);

describe("createSplitInstances", () => {
  /** What the counters of the three instances gained between two readings of ten seconds. */
  const gained = (joules: number, activity?: ReadonlyMap<string, number>): readonly number[] => {
    const split = createSplitInstances([node]);
    const before = split(counter(0, 5000), undefined);
    return split(counter(10, 5000 + joules), activity).map(
      ({ value }, i) => value - (before[i]?.value ?? Number.NaN),
    );
  };

  it("gives idle energy by slices, and the rest by how busy each was", () => {
    // 700 J idle of 2,800 J; the second instance did all the work, then a quarter of it.
    expect(gained(2800, busy(0, 0.9, 0))).toEqual([100, 200 + 2100, 400]);
    const shared = gained(2800, busy(0, 0.2, 0.6));
    expect(shared[0]).toBeCloseTo(100, 9);
    expect(shared[1]).toBeCloseTo(200 + 525, 9);
    expect(shared[2]).toBeCloseTo(400 + 1575, 9);
  });

  it("gives all by slices where activity is not told of every instance, or nobody was busy", () => {
    const bySlices = [400, 800, 1600];
    for (const activity of [undefined, new Map([["7", 1]]), busy(0, 0, 0)]) {
      gained(2800, activity).forEach((joules, i) => {
        expect(joules).toBeCloseTo(bySlices[i] ?? Number.NaN, 9);
      });
    }
  });

  it("splits power alike, and leaves other devices alone", () => {
    const split = createSplitInstances([node]);
    const power: MeterReading = { device: "n/GPU-a", kind: "power", value: 280, at: T0 };
    expect(split(power, busy(0, 0.5, 0)).map(({ device, value }) => [device, value])).toEqual([
      ["n/MIG-1", 10],
      ["n/MIG-2", 20 + 210],
      ["n/MIG-4", 40],
    ]);
    const other = { ...power, device: "n/GPU-b" };
    expect(split(other, undefined)).toEqual([other]);
  });

  it("keeps boards of the same name on two machines apart", () => {
    const halves = [1, 2].map((part) => ({ id: `MIG-${part}`, slices: 1 }));
    const other = { name: "m", aliases: [], devices: [{ id: "GPU-a", instances: halves }] };
    const split = createSplitInstances([node, other]);
    const at = (second: number, device: string, value: number): readonly MeterReading[] =>
      split({ ...counter(second, value), device }, undefined);
    const [ofOther, ofNode] = [at(0, "m/GPU-a", 100), at(0, "n/GPU-a", 5000)];
    expect([ofOther.length, ofNode.length]).toEqual([2, 3]);
    at(10, "n/GPU-a", 7800);
    const now = at(10, "m/GPU-a", 500);
    expect(now.map(({ device }) => device)).toEqual(["m/MIG-1", "m/MIG-2"]);
    expect(now.map(({ value }, i) => value - (ofOther[i]?.value ?? Number.NaN))).toEqual([
      200, 200,
    ]);
  });

  it("shows a reset of the board as a fall of every instance's counter", () => {
    const split = createSplitInstances([node]);
    const before = split(counter(0, 5000), undefined);
    const after = split(counter(10, 0), undefined);
    const later = split(counter(20, 700), undefined);
    after.forEach(({ value }, i) => {
      expect(value).toBeLessThan(before[i]?.value ?? Number.NaN);
      expect((later[i]?.value ?? 0) - value).toBeCloseTo([100, 200, 400][i] ?? Number.NaN, 9);
    });
  });

  it("loses and invents no joule: the instances' sum is the board's", () => {
    const step = fc.record({
      joules: fc.double({ min: 0, max: 7000, noNaN: true }),
      activity: fc.option(fc.tuple(fc.nat(10), fc.nat(10), fc.nat(10)), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        const split = createSplitInstances([node]);
        const sum = (readings: readonly MeterReading[]): number =>
          readings.reduce((total, { value }) => total + value, 0);
        let board = 1000;
        const start = sum(split(counter(0, board), undefined));
        let last = start;
        steps.forEach(({ joules, activity }, i) => {
          board += joules;
          const told = activity && busy(activity[0] / 10, activity[1] / 10, activity[2] / 10);
          const now = sum(split(counter(10 * (i + 1), board), told));
          expect(now).toBeGreaterThanOrEqual(last - 1e-9);
          last = now;
        });
        expect(last - start).toBeCloseTo(board - 1000, 6);
      }),
    );
  });
});

it("reads how busy each instance was from the same page as the board's counter", () => {
  const labels = (instance: number): string =>
    `gpu="0",UUID="GPU-a",GPU_I_PROFILE="1g.10gb",GPU_I_ID="${instance}",Hostname="n"`;
  const page = [7, 5, 1].flatMap((instance, i) => [
    `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{${labels(instance)}} 126272101025`,
    `DCGM_FI_PROF_GR_ENGINE_ACTIVE{${labels(instance)}} 0.${i}5`,
  ]);
  const { boards } = readBoards(dcgm, samplesOf(parseExposition(page.join("\n"))));
  expect(boards).toHaveLength(1);
  expect(boards[0]?.activity).toEqual(busy(0.05, 0.15, 0.25));
});

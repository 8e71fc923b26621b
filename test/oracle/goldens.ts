import type { PhaseEnergy } from "@wattspan/footprint";
import { joinScene, type Scene } from "./join-scene.ts";
import type { Joiner, Oracle, OracleRow } from "./oracle-row.ts";

const SECOND_NS = 1e9;
const GPU = { id: "a", idleWatts: 100, maxWatts: 700 } as const;
const work = (from: number, to: number, weight = 1) => ({ from, to, weight });
const flat = (watts: number, ...times: readonly number[]) =>
  times.map((seconds) => ["a", seconds, watts * seconds] as const);

type Figure = Exclude<keyof PhaseEnergy, "devices">;
type Expectation = readonly [index: number, figure: Figure, expected: number];

/** Scenes small enough for pencil and paper; every figure in the comment's arithmetic. */
const GOLDENS: readonly (readonly [name: string, scene: Scene, ...expected: Expectation[]])[] = [
  [
    // 5,000 J less 10 s of 100 W idle.
    "alone above idle",
    { devices: [GPU], counters: flat(500, 0, 10), works: [work(0, 10)] },
    [0, "energyJoules", 4000],
    [0, "windowJoules", 5000],
  ],
  [
    // Rates 3 and 1 per second, 100 W: 1,000 J alone, 750 or 250 J shared.
    "overlap by rate",
    { counters: flat(100, 0, 30), works: [work(0, 20, 60), work(10, 30, 20)] },
    [0, "energyJoules", 1750],
    [1, "energyJoules", 1250],
  ],
  [
    // 3 s at 650 W among 27 s of 75 W idle: 3 x 575 J stand out.
    "busy in a slow interval",
    {
      devices: [{ id: "a", idleWatts: 75, maxWatts: 700 }],
      counters: [
        ["a", 0, 0],
        ["a", 30, 27 * 75 + 3 * 650],
      ],
      works: [work(10, 13)],
    },
    [0, "energyJoules", 1725],
  ],
  [
    // The same, uniform: 1,725 J over 30 s, of which 3 s.
    "uniform in a slow interval",
    {
      devices: [{ id: "a", idleWatts: 75, maxWatts: 700 }],
      counters: [
        ["a", 0, 0],
        ["a", 30, 27 * 75 + 3 * 650],
      ],
      works: [work(10, 13)],
      options: { timeShape: "uniform" },
    },
    [0, "energyJoules", 172.5],
  ],
  [
    // 2 s take at most 600 W above idle of the 3,000 J spare.
    "capped at the maximum",
    { devices: [GPU], counters: flat(400, 0, 10), works: [work(0, 2)] },
    [0, "energyJoules", 1200],
  ],
  [
    // Dynamic 4,000 J 3 : 1; idle 1,000 J in halves.
    "shared baseline",
    {
      devices: [GPU],
      counters: flat(500, 0, 10),
      works: [work(0, 10, 3), work(0, 10, 1)],
      options: { idlePolicy: "shared" },
    },
    [0, "dynamicJoules", 3000],
    [0, "idleJoules", 500],
    [1, "dynamicJoules", 1000],
  ],
  [
    // Halves on a and b: on a 300 J x 1 of 1 + 2, on b 600 J alone.
    "overlapping sets of devices",
    {
      devices: [{ id: "a" }, { id: "b" }],
      counters: [
        ["a", 0, 0],
        ["a", 10, 300],
        ["b", 0, 0],
        ["b", 10, 600],
      ],
      works: [
        { ...work(0, 10, 20), on: ["a", "b"] },
        { ...work(0, 10, 20), on: ["a"] },
      ],
    },
    [0, "energyJoules", 700],
    [1, "energyJoules", 200],
  ],
  [
    // 200 W over an epoch's end, intervals of 30 s: 20 s are 4,000 J; edges may hold all of 6,000 J or none.
    "over an epoch's end",
    { counters: flat(200, 15, 45, 75, 105), works: [work(50, 70)] },
    [0, "energyJoules", 4000],
    [0, "lowerJoules", 0],
    [0, "upperJoules", 6000],
  ],
  [
    // 100 W until the reset at 10 s, nothing known to 20 s, 100 W after.
    "counter reset",
    {
      counters: [
        ["a", 0, 1000],
        ["a", 10, 2000],
        ["a", 20, 50],
        ["a", 30, 1050],
      ],
      works: [work(5, 25)],
    },
    [0, "energyJoules", 1000],
    [0, "coverage", 0.5],
  ],
  [
    // An old value behind a cache is no reading: 300 J over 30 s, 10 s of it.
    "repeated counter value",
    {
      counters: [
        ["a", 0, 100],
        ["a", 10, 100],
        ["a", 20, 100],
        ["a", 30, 400],
      ],
      works: [work(0, 10)],
    },
    [0, "energyJoules", 100],
  ],
  [
    // Counted 40 of which 10 are seen: a quarter.
    "counted load",
    {
      counters: flat(100, 0, 10),
      works: [work(0, 10, 10)],
      loads: [{ from: 0, to: 10, weight: 40, running: 4 }],
    },
    [0, "energyJoules", 250],
  ],
  [
    // Straight lines: 100 to 300 W over 10 s, second half: (200 + 300) / 2 x 5 if uniform inside: 1,000 J.
    "power samples",
    {
      powers: [
        ["a", 0, 100],
        ["a", 10, 300],
      ],
      works: [work(0, 10), work(20, 30)],
    },
    [0, "energyJoules", 2000],
    [1, "coverage", 0],
  ],
  [
    // A gap of 50 s at 100 W is counted, not placed.
    "gap",
    {
      counters: flat(100, 0, 10, 60),
      works: [work(5, 20)],
      options: { maxCounterGapNs: 30 * SECOND_NS },
    },
    [0, "energyJoules", 500],
  ],
  [
    // 6,750 J above 75 W idle in 30 s; 10 s take at most 6,250 J, the other 20 s all of it.
    "bounds of an edge interval",
    {
      devices: [{ id: "a", idleWatts: 75, maxWatts: 700 }],
      counters: flat(300, 0, 30),
      works: [work(0, 10)],
      options: { timeShape: "uniform" },
    },
    [0, "energyJoules", 2250],
    [0, "lowerJoules", 0],
    [0, "upperJoules", 6250],
  ],
  [
    // Loads 1 then 4: 5,000 J of at most 700 W: 7 s at 600 above idle are cheap enough, 4,000 = 600 x 6.67 s.
    "bounds inside a covered interval",
    {
      devices: [GPU],
      counters: flat(500, 0, 10),
      works: [work(0, 10, 10), work(5, 10, 15)],
    },
    [0, "upperJoules", 600 * 5 + (600 * 5) / 12],
    [0, "lowerJoules", 600 * (5 / 3) + (600 * 5) / 4],
  ],
  [
    // A skew moves all ends one way: the interval's own energy and one neighbour's may lie inside, or none of them.
    "bounds with skew",
    {
      counters: flat(100, 0, 10, 20, 30),
      works: [work(10, 20)],
      options: { maxClockSkewNs: SECOND_NS },
    },
    [0, "energyJoules", 1000],
    [0, "lowerJoules", 0],
    [0, "upperJoules", 2000],
  ],
  [
    // A meter up to 1 s late: what it counted until 10 s may have been drawn after 10.5 s, and what came next too.
    "bounds with skew, past the edge",
    {
      counters: flat(100, 0, 10, 20),
      works: [work(10.5, 11.5)],
      options: { maxClockSkewNs: SECOND_NS },
    },
    [0, "energyJoules", 100],
    [0, "upperJoules", 2000],
  ],
  [
    // The sensor shows 0.95 to 1.05 of what was drawn, 4,750 J; idle power is not its matter.
    "bounds with gain",
    {
      devices: [GPU],
      counters: flat(475, 0, 10),
      works: [work(0, 10)],
      options: { gainError: 0.05 },
    },
    [0, "energyJoules", 3750],
    [0, "lowerJoules", 4750 / 1.05 - 1000],
    [0, "upperJoules", 4000],
  ],
  [
    // The window may be waiting: from nothing to all 2,000 J.
    "queueing",
    {
      counters: flat(100, 0, 20),
      works: [{ ...work(0, 20), includesQueueing: true }, work(0, 20)],
    },
    [0, "energyJoules", 1000],
    [0, "lowerJoules", 0],
    [0, "upperJoules", 2000],
  ],
];

/** Figures computed by hand, and the price of tokens. */
export const goldens: Oracle = {
  name: "hand-computed",
  source: "test/oracle/goldens.ts",
  rows: (joiner) => [
    ...GOLDENS.flatMap(([name, scene, ...expected]) => {
      const energyAt = joinScene(joiner, scene);
      return expected.map(
        ([index, figure, joules]): OracleRow => ({
          name: `${name}: ${figure} of ${index}`,
          unit: figure === "coverage" ? "1" : "J",
          expected: joules,
          actual: energyAt(index)?.[figure] ?? Number.NaN,
          tolerance: 1e-9,
        }),
      );
    }),
    ...weights(joiner),
  ],
};

function weights(joiner: Joiner): OracleRow[] {
  const cases = [
    ["prefill", 512, "priced", 512],
    ["decode", 128, "priced", 1024],
    ["decode", 128, "tokens", 128],
    ["decode", 128, "time", 4],
    ["kv_transfer", 128, "priced", 0],
  ] as const;
  return cases.map(([phase, tokens, policy, expected]) => ({
    name: `weight of ${tokens} tokens, ${phase}, ${policy}`,
    unit: "1",
    expected,
    actual: joiner.weigh(phase, tokens, 4, policy, 8).weight,
    tolerance: 0,
  }));
}

import { addNs, createLedger, type Phase, type WeightPolicy, weigh } from "@wattspan/footprint";
import { chargeAll, type EnergyAt } from "../charge-all.ts";
import { createRandom } from "../random.ts";
import { randomArrivals } from "./random-arrivals.ts";
import { PERFECT_METER, type StepMeter } from "./sample-steps.ts";
import {
  type Fleet,
  IDLE_WATTS,
  MAX_WATTS,
  type Served,
  simulateServing,
} from "./simulate-serving.ts";

/** How two sets of figures differ. */
export interface Deviation {
  /** Σ|a - b| by Σb, over phases. */
  readonly total: number;
  /** Signed, over all prefills and over all decodes. */
  readonly prefill: number;
  readonly decode: number;
  /** Relative error of a request, median and 95th percentile. */
  readonly requestMedian: number;
  readonly requestP95: number;
  /** Share of phases whose whole window was read; the others are left out of the rest. */
  readonly read: number;
}

/** Joules above idle of every phase, NaN where it was not read all along. */
export type Figures = Float64Array;

const START = { epoch: 30_000_000, ns: 17_123_456_789 };
const GPUS = ["a/0", "a/1", "b/0", "b/1"];

/** Ways to serve on four devices of two nodes. */
export const FLEETS: readonly (readonly [name: string, fleet: Fleet, perSecond: number])[] = [
  [
    "chunked, TP2",
    { schedule: "chunked", prefillers: [], decoders: [GPUS.slice(0, 2), GPUS.slice(2)] },
    12,
  ],
  [
    "prefill first",
    { schedule: "prefill-first", prefillers: [], decoders: GPUS.map((id) => [id]) },
    16,
  ],
  [
    "disaggregated, TP2 decode",
    { schedule: "chunked", prefillers: [["a/0"], ["a/1"]], decoders: [GPUS.slice(2)] },
    10,
  ],
];

/** A served hour, or less of it, of a fleet. */
export function serve(fleet: Fleet, requests: number, perSecond: number, seed: number): Served {
  const random = createRandom(seed);
  return simulateServing(fleet, randomArrivals(requests, perSecond, random), random);
}

/** The simulator's own figures. */
export function truthOf({ phases }: Served): Figures {
  return Float64Array.from(phases, ({ truthJoules }) => truthJoules);
}

/** Our figures by a weight policy and a meter. `truth` as the policy weighs every phase by what it really cost. */
export function figuresOf(
  served: Served,
  policy: WeightPolicy | "truth",
  meter: StepMeter = PERFECT_METER,
  seed = 1,
): Figures {
  const energyAt = charge(served, policy, meter, createRandom(seed));
  return Float64Array.from(served.phases, (_, id) => {
    const energy = energyAt(id);
    return energy === undefined || energy.coverage < 1 - 1e-9 ? Number.NaN : energy.dynamicJoules;
  });
}

function charge(
  served: Served,
  policy: WeightPolicy | "truth",
  meter: StepMeter,
  random: () => number,
): EnergyAt {
  const at = (seconds: number) => addNs(START, Math.round(seconds * 1e9));
  const ledger = createLedger({
    maxCounterGapNs: 600e9,
    maxPowerGapNs: 120e9,
    maxClockSkewNs: 0,
    gainError: 0.05,
    maxPhaseNs: 3600e9,
    keepNs: 36_000e9,
  });
  for (const [key, steps] of served.steps) {
    const [node = "", id = ""] = key.split("/");
    ledger.addDevice({ key, node, id, idleWatts: IDLE_WATTS, maxWatts: MAX_WATTS });
    for (const { seconds, value, earliest } of meter.read(steps, served.endSeconds, random)) {
      const range = earliest === undefined ? {} : { earliest: at(earliest) };
      ledger.addReading({ device: key, kind: meter.kind, value, at: at(seconds), ...range });
    }
  }
  const phases = served.phases.map(
    ({ phase, devices, tokens, fromSeconds, toSeconds, truthJoules }, idLow): Phase => {
      const weight =
        policy === "truth"
          ? truthJoules
          : weigh(phase, tokens, toSeconds - fromSeconds, policy, 8).weight;
      return {
        idHigh: 0,
        idLow,
        start: at(fromSeconds),
        end: at(toSeconds),
        weight,
        devices: devices.map((device) => ({ device, share: 1 / devices.length })),
      };
    },
  );
  return chargeAll(ledger, phases);
}

/** How `ours` deviates from `wanted` over the phases that have both. */
export function compare({ phases }: Served, ours: Figures, wanted: Figures): Deviation {
  const sums = { off: 0, all: 0, read: 0, prefill: 0, prefillOff: 0, decode: 0, decodeOff: 0 };
  const requests = new Map<number, { ours: number; wanted: number }>();
  phases.forEach(({ phase, request }, i) => {
    const [is, should] = [ours[i] as number, wanted[i] as number];
    const known = requests.get(request) ?? { ours: 0, wanted: 0 };
    requests.set(request, { ours: known.ours + is, wanted: known.wanted + should });
    if (Number.isNaN(is) || Number.isNaN(should)) return;
    sums.read++;
    sums.all += should;
    sums.off += Math.abs(is - should);
    sums[phase] += should;
    sums[phase === "prefill" ? "prefillOff" : "decodeOff"] += is - should;
  });
  const relative = [...requests.values()]
    .map((one) => Math.abs(one.ours - one.wanted) / one.wanted)
    .filter((one) => !Number.isNaN(one))
    .sort((a, b) => a - b);
  return {
    total: sums.off / sums.all,
    prefill: sums.prefillOff / sums.prefill,
    decode: sums.decodeOff / sums.decode,
    requestMedian: relative[Math.floor(relative.length / 2)] ?? Number.NaN,
    requestP95: relative[Math.floor(relative.length * 0.95)] ?? Number.NaN,
    read: sums.read / phases.length,
  };
}

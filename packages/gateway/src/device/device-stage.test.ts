import { EPOCH_NS, type IntensitySource, instantOf, unixNanoOf } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { factorOf, oneDevice } from "../pipeline.test.fixture.ts";
import { createDeviceStage, type StagedPhase } from "./device-stage.ts";

const EPOCH = 29_916_667;
const START_NS = unixNanoOf({ epoch: EPOCH, ns: 0 });
const SECOND_NS = 1_000_000_000n;
const device = { id: "GPU-1", key: "node-a/GPU-1", node: "node-a", idleWatts: 0, maxWatts: 700 };

/** 100 g/kWh until 20 s into the epoch, 400 g/kWh from there on. */
const stepped: IntensitySource = {
  name: "stepped",
  factorAt(zone, at) {
    const isLater = at.epoch > EPOCH || at.ns >= 20e9;
    return factorOf(zone, isLater ? 400 : 100, {
      id: isLater ? "b" : "a",
      from: instantOf(START_NS),
      to: instantOf(START_NS + BigInt(EPOCH_NS)),
      tier: "measured",
    });
  },
  changesIn: (zone, epoch) => (zone === "FR" && epoch === EPOCH ? [20e9] : []),
};

function stageIn(zone: string) {
  const stage = createDeviceStage({
    ...oneDevice,
    nodes: [{ name: "node-a", aliases: [], zone, devices: [device] }],
    intensity: stepped,
    join: { ...oneDevice.join, lingerMs: 0, exportDelayMs: 0 },
    attribution: { ...oneDevice.attribution, timeShape: "uniform" },
  });
  // 360 W from the epoch's start.
  for (const seconds of [0n, 30n, 60n]) {
    const at = instantOf(START_NS + seconds * SECOND_NS);
    const value = 360 * Number(seconds);
    stage.addReadings([{ device: device.key, kind: "counter", value, at }], 0);
  }
  const phase: StagedPhase = {
    id: "0123456789abcdef",
    phase: "decode",
    startUnixNano: START_NS + 10n * SECOND_NS,
    endUnixNano: START_NS + 60n * SECOND_NS,
    processedTokens: 100,
    includesQueueing: false,
    placement: { node: "node-a", zone, devices: [device], isGuessed: false },
    queue: "w",
  };
  stage.upsert(phase, 0);
  return stage.footprintOf(phase, false);
}

it("splits a phase's energy where the factor of its zone changes inside an epoch", () => {
  const footprint = stageIn("FR");
  // 1 Wh at 100 g/kWh and 4 Wh at 400 g/kWh.
  expect(footprint.gramsCo2e).toBeCloseTo(0.1 + 1.6, 9);
  expect(footprint.factor).toBeUndefined();
});

it("splits nothing in a zone whose factor does not change there", () => {
  const footprint = stageIn("PL");
  // 5 Wh, all at the factor of the epoch's start.
  expect(footprint.gramsCo2e).toBeCloseTo(0.5, 9);
  expect(footprint.factor?.id).toBe("a");
});

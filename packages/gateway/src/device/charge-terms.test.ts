import { instantOf, phaseAttributes } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { oneDevice } from "../pipeline.test.fixture.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { PlacedDevice } from "../trace/place-worker.ts";
import { chargeTermsOf } from "./charge-terms.ts";
import { createDeviceStage, type StagedPhase } from "./device-stage.ts";

const FROM_NS = 1_795_000_020_000_000_000n;
const SECOND_NS = 1_000_000_000n;
const roofline = { weights: "roofline", decodeTokenPrice: 8 } as const;

function deviceOf(id: string, rooflineTokenPrice?: number): PlacedDevice {
  const device = { id, key: `node-a/${id}`, node: "node-a", idleWatts: 0, maxWatts: 700 };
  return rooflineTokenPrice === undefined ? device : { ...device, rooflineTokenPrice };
}

/** A prefill and a decode of 100 tokens each over the same ten seconds of a device at 300 W. */
function shareOn(device: PlacedDevice, attribution: PipelineOptions["attribution"]) {
  const stage = createDeviceStage({
    ...oneDevice,
    nodes: [{ name: "node-a", aliases: [], devices: [device] }],
    join: { ...oneDevice.join, lingerMs: 0, exportDelayMs: 0 },
    attribution,
  });
  for (const seconds of [0n, 10n]) {
    const at = instantOf(FROM_NS + seconds * SECOND_NS);
    stage.addReadings(
      [{ device: device.key, kind: "counter", value: 300 * Number(seconds), at }],
      0,
    );
  }
  const phases = (["prefill", "decode"] as const).map(
    (phase, index): StagedPhase => ({
      id: `000000000000000${index}`,
      phase,
      startUnixNano: FROM_NS,
      endUnixNano: FROM_NS + 10n * SECOND_NS,
      processedTokens: 100,
      includesQueueing: false,
      placement: { node: "node-a", devices: [device], isGuessed: false },
      queue: "w",
    }),
  );
  for (const phase of phases) stage.upsert(phase, 0);
  return phases.map((phase) => {
    const footprint = stage.footprintOf(phase, false);
    const { weights } = attribution;
    const description = { phase: phase.phase, intervalSource: "explicit", weights, revision: 0 };
    const method = phaseAttributes(footprint, description, "full").find(
      ({ key }) => key === "footprint.attribution.method",
    );
    return [footprint.energy?.energyJoules, method?.value];
  });
}

it("by the roofline a decode token costs what it does on the device", () => {
  expect(shareOn(deviceOf("A", 14), roofline)).toEqual([
    [expect.closeTo(3000 / 15, 9), "roofline_weighted"],
    [expect.closeTo((3000 * 14) / 15, 9), "roofline_weighted"],
  ]);
});

it("without peak rates it costs as configured, and the figure says that it was priced", () => {
  expect(shareOn(deviceOf("A"), roofline)).toEqual([
    [expect.closeTo(3000 / 9, 9), "price_weighted"],
    [expect.closeTo((3000 * 8) / 9, 9), "price_weighted"],
  ]);
});

it("leaves the other policies as they are", () => {
  expect(shareOn(deviceOf("A", 14), { weights: "tokens", decodeTokenPrice: 8 })).toEqual([
    [1500, "token_weighted"],
    [1500, "token_weighted"],
  ]);
});

it("takes the mean over several devices by their shares, and none where one is unknown", () => {
  const both = [
    { ...deviceOf("A", 4), share: 0.25 },
    { ...deviceOf("B", 8), share: 0.75 },
  ];
  expect(chargeTermsOf(both, roofline).terms).toEqual({ weights: "priced", decodeTokenPrice: 7 });
  const partly = [deviceOf("A", 4), deviceOf("B")];
  expect(chargeTermsOf(partly, { ...roofline, decodeTokenPrice: 5 })).toEqual({
    terms: { weights: "priced", decodeTokenPrice: 5 },
    deviation: { weights: "priced" },
  });
});

import { addNs, type HostRule, instantOfMs, phaseAttributes } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { oneDevice } from "../pipeline.test.fixture.ts";
import { createDeviceStage, type StagedPhase } from "./device-stage.ts";

const T0 = 1_795_000_020_000;
const device = { id: "GPU-1", key: "node-a/GPU-1", node: "node-a", idleWatts: 100, maxWatts: 700 };

/** Two decodes of 10 and 30 tokens over the same ten seconds; the GPU draws 300 W, the package 110 W, the memory 30 W. */
function stageWith(rule: HostRule | undefined) {
  const host = {
    devices: [{ id: "dram-0" }, { id: "package-0", idleWatts: 60, maxWatts: 350 }],
    rule: rule ?? "weight",
  };
  const onHost = rule === undefined ? {} : { host };
  const stage = createDeviceStage({
    ...oneDevice,
    nodes: [{ name: "node-a", aliases: [], devices: [device], ...onHost }],
    join: { ...oneDevice.join, lingerMs: 0, exportDelayMs: 0 },
  });
  for (const [id, watts] of [
    ["GPU-1", 300],
    ["package-0", 110],
    ["dram-0", 30],
  ] as const) {
    for (const second of [0, 10]) {
      const at = addNs(instantOfMs(T0), second * 1e9);
      const reading = {
        device: `node-a/${id}`,
        kind: "counter",
        value: watts * second,
        at,
      } as const;
      stage.addReadings([reading], 0);
    }
  }
  const phases = [10, 30].map(
    (processedTokens, index): StagedPhase => ({
      id: `000000000000000${index}`,
      phase: "decode",
      startUnixNano: BigInt(T0) * 1_000_000n,
      endUnixNano: BigInt(T0 + 10_000) * 1_000_000n,
      processedTokens,
      includesQueueing: false,
      placement: { node: "node-a", devices: [device], isGuessed: false, pue: 1, ...onHost },
      queue: "w",
    }),
  );
  for (const phase of phases) stage.upsert(phase, 0);
  const told = phases.map((phase) => {
    const footprint = stage.footprintOf(phase, false);
    const description = {
      phase: phase.phase,
      intervalSource: "explicit",
      weights: "tokens",
      revision: 0,
    } as const;
    const attributes = phaseAttributes(footprint, description, "full");
    return new Map(attributes.map(({ key, value }) => [key.replace("footprint.", ""), value]));
  });
  return { told, balances: stage.balances() };
}

it.each([
  // 500 J of the package above idle, all 300 J of the memory, whose idle power is not known.
  ["weight", [200, 600]],
  ["time", [400, 400]],
] as const)("shares the machine's own energy by %s, beside the accelerator's", (rule, hosts) => {
  const { told, balances } = stageWith(rule);
  told.forEach((attributes, i) => {
    const accelerator = [500, 1500][i] ?? Number.NaN;
    const host = hosts[i] ?? Number.NaN;
    expect(attributes.get("energy.accelerator")).toBeCloseTo(accelerator, 9);
    expect(attributes.get("energy.host")).toBeCloseTo(host, 9);
    expect(attributes.get("energy.total")).toBeCloseTo(accelerator + host, 9);
    expect(attributes.get("methodology.boundary")).toBe("server");
    expect(attributes.get("device.ids")).toEqual(["GPU-1"]);
    expect(attributes.get("device.count")).toBe(1n);
    expect(attributes.get("measurement.status")).toBe("measured");
  });
  for (const one of balances) {
    const { meteredJoules, attributedJoules, idleOpenJoules, idleEmptyJoules } = one;
    expect(attributedJoules + idleOpenJoules + idleEmptyJoules).toBeCloseTo(meteredJoules, 9);
  }
  expect(balances.map(({ meteredJoules }) => meteredJoules).sort((a, b) => a - b)).toEqual([
    300, 1100, 3000,
  ]);
});

it("is in no figure unless the host is configured, though its meters are read", () => {
  const { told, balances } = stageWith(undefined);
  for (const attributes of told) {
    expect(attributes.has("energy.host")).toBe(false);
    expect(attributes.get("energy.total")).toBe(attributes.get("energy.accelerator"));
    expect(attributes.get("methodology.boundary")).toBe("accelerator");
  }
  const memory = balances.find(({ device: id }) => id === "dram-0");
  expect([memory?.attributedJoules, memory?.idleEmptyJoules]).toEqual([0, 300]);
});

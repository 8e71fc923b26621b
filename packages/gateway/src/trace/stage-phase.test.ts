import { expect, it } from "vitest";
import { createDeviceStage } from "../device/device-stage.ts";
import { oneDevice, T0 } from "../pipeline.test.fixture.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { DerivedPhase } from "./dialects/dialect.ts";
import { createPlacement } from "./place-worker.ts";
import { stagePhase } from "./stage-phase.ts";

const options: PipelineOptions = {
  ...oneDevice,
  nodes: ["a", "b"].map((name) => ({ name, aliases: [], devices: [{ id: "0" }] })),
  workers: [],
};
const atMs = (ms: number): bigint => BigInt(T0 + ms) * 1_000_000n;

/** A prefill that may include waiting, on the node's device. */
function prefillOf(key: string, node: string, fromMs: number, toMs: number): DerivedPhase {
  return {
    phase: "prefill",
    key,
    parentSpanId: "1".repeat(16),
    startUnixNano: atMs(fromMs),
    endUnixNano: atMs(toMs),
    includesQueueing: true,
    intervalSource: "llm_d_proxy",
    worker: new Map([["host.name", node]]),
  };
}

/** Starts, as charged, of prefills of different requests. */
function chargedStartsMs(prefills: readonly DerivedPhase[]): readonly number[] {
  const place = createPlacement(options.nodes, options.workers);
  const stage = createDeviceStage(options);
  const staged = prefills.map((prefill, i) => stagePhase("a".repeat(32), `r${i}`, prefill, place));
  for (const phase of staged) stage.upsert(phase, T0);
  return staged.map((phase) => Number(stage.chargedStartOf(phase) / 1_000_000n) - T0);
}

it("lets a prefill wait for the one before it on the same worker", () => {
  expect(
    chargedStartsMs([
      prefillOf("prefill/-/0", "a", 0, 1000),
      prefillOf("prefill/-/0", "a", 200, 1500),
    ]),
  ).toEqual([0, 1000]);
});

it("lets no prefill wait for one on another device, though nothing else tells their workers apart", () => {
  expect(
    chargedStartsMs([
      prefillOf("prefill/-/0", "a", 0, 1000),
      prefillOf("prefill/-/0", "b", 200, 1500),
    ]),
  ).toEqual([0, 200]);
});

it("lets no prefill wait for one of another worker on the same device", () => {
  expect(
    chargedStartsMs([
      prefillOf("prefill/backend/17/0", "a", 0, 1000),
      prefillOf("prefill/backend/18/0", "a", 200, 1500),
    ]),
  ).toEqual([0, 200]);
});

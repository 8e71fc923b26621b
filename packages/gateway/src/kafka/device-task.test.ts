import { describe, expect, it } from "vitest";
import { meterAt500W, oneDevice, T0 } from "../pipeline.test.fixture.ts";
import { createDeviceTask } from "./device-task.ts";
import type { PhaseMessage, PhaseRecord } from "./records/phase-record.ts";

const nanos = (ms: number): bigint => BigInt(T0 + ms) * 1_000_000n;

const phase: PhaseRecord = {
  id: "00000000000000aa",
  phase: "decode",
  startUnixNano: nanos(0),
  endUnixNano: nanos(10_000),
  processedTokens: 100,
  includesQueueing: false,
  queue: "worker node-a/GPU-1",
  node: "node-a",
  devices: [{ id: "GPU-1" }],
};

const said = (spansOffset: number, more: Partial<PhaseRecord> = {}): PhaseMessage => ({
  kind: "phase",
  spansPartition: 0,
  spansOffset,
  phase: { ...phase, ...more },
});

const watermark = (partition: number, second: number): PhaseMessage => ({
  kind: "watermark",
  spansPartition: partition,
  atMs: T0 + second * 1000,
});

function startTask(spansPartitions = 1) {
  const task = createDeviceTask(oneDevice, { partition: 0, partitions: 1, spansPartitions });
  task.takeReadings({ source: "own", readings: meterAt500W(0, 60) }, T0);
  return task;
}

describe("createDeviceTask", () => {
  it("passes over what a member says that lags behind another", () => {
    const task = startTask();
    task.takePhase(said(12), T0);
    task.takePhase({ kind: "removed", spansPartition: 0, spansOffset: 14, id: phase.id }, T0);
    task.takePhase(said(12), T0);
    expect(task.stage.phaseCount).toBe(0);
    task.takePhase(said(15), T0);
    expect(task.stage.phaseCount).toBe(1);
  });

  it("settles by the slowest partition and by its readings, not by any clock of its own", () => {
    const task = startTask(2);
    task.takePhase(said(1), T0);
    const settle = (readingsSecond: number) =>
      task.settle(T0 + 60_000, T0 + readingsSecond * 1000).map(({ record }) => record.phaseId);
    task.takePhase(watermark(0, 60), T0 + 60_000);
    expect(settle(60)).toEqual([]);
    task.takePhase(watermark(1, 12), T0 + 60_000);
    expect(settle(60)).toEqual([]);
    task.takePhase(watermark(1, 55), T0 + 60_000);
    expect(settle(12)).toEqual([]);
    expect(settle(55)).toEqual([phase.id]);
  });

  it("tells a figure again only where it is another one", () => {
    const task = startTask();
    task.takePhase(said(1), T0);
    task.takePhase(watermark(0, 40), T0 + 40_000);
    expect(task.settle(T0 + 40_000, T0 + 40_000)).toHaveLength(1);
    task.takePhase(watermark(0, 61), T0 + 61_000);
    expect(task.settle(T0 + 61_000, T0 + 61_000)).toEqual([]);

    const other = startTask();
    other.takePhase(said(1), T0);
    other.takePhase(watermark(0, 40), T0 + 40_000);
    const [first] = other.settle(T0 + 40_000, T0 + 40_000);
    other.takePhase(said(2, { id: "00000000000000bb" }), T0 + 41_000);
    other.takePhase(watermark(0, 61), T0 + 61_000);
    const later = other.settle(T0 + 61_000, T0 + 61_000).map(({ record }) => record);
    const again = later.find(({ phaseId }) => phaseId === phase.id);
    const joulesOf = (record = first?.record) => record?.devices[0]?.dynamicJoules ?? 0;
    expect(joulesOf(again)).toBeCloseTo(joulesOf() / 2, 6);
  });
});

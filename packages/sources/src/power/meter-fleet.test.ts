import {
  addNs,
  type DeviceReading,
  type Instant,
  type MeterReading,
  type MeterSink,
  type PowerMeter,
} from "@wattspan/footprint";
import { describe, expect, it } from "vitest";
import { createMeterFleet, type MeterFleet } from "./meter-fleet.ts";
import type { MeterSource } from "./meter-source.ts";
import type { PlacedReading } from "./meter-table.ts";

const START: Instant = { epoch: 29_000_000, ns: 0 };
const at = (seconds: number): Instant => addNs(START, seconds * 1e9);

/** A source that says what it is told to. */
function source(name: string, draft: Partial<MeterSource> = {}): MeterSource & { sink: MeterSink } {
  const held: { sink?: MeterSink } = {};
  const meter: PowerMeter = {
    name,
    start(sink) {
      held.sink = sink;
    },
    flush: async () => {},
    shutdown: async () => {},
  };
  return {
    name,
    type: name,
    meter,
    scope: "gpu",
    isUnverified: false,
    maxAgeMsOf: () => 1000,
    ...draft,
    get sink() {
      if (held.sink === undefined) throw new Error("not started");
      return held.sink;
    },
  };
}

const counter = (
  value: number,
  seconds: number,
  draft: Partial<PlacedReading> = {},
): DeviceReading => ({
  id: "GPU-a",
  kind: "counter",
  value,
  at: at(seconds),
  ...draft,
});

function start(sources: readonly MeterSource[]): {
  readonly fleet: MeterFleet;
  readonly out: MeterReading[];
  readonly states: string[];
  wait(ms: number): void;
} {
  const out: MeterReading[] = [];
  const states: string[] = [];
  let nowMs = 0;
  const fleet = createMeterFleet({
    sources,
    nodes: [{ name: "node-a", aliases: [], devices: [{ id: "GPU-a" }, { id: "package-0" }] }],
    onReadings: (readings) => void out.push(...readings),
    onState: (name, state, reason) => void states.push(`${name} ${state} ${reason}`.trim()),
    nowMs: () => nowMs,
  });
  fleet.start();
  const wait = (ms: number): void => {
    nowMs += ms;
  };
  return { fleet, out, states, wait };
}

describe("createMeterFleet", () => {
  it("passes on readings with their range, under the device's key", () => {
    const dcgm = source("dcgm");
    const { out } = start([dcgm]);
    dcgm.sink.onReadings([counter(5, 10, { earliest: at(4) })]);
    dcgm.sink.onReadings([counter(9, 20, { id: "package-0", modelled: true })]);
    expect(out).toEqual([
      { device: "node-a/GPU-a", kind: "counter", value: 5, at: at(10), earliest: at(4) },
      { device: "node-a/package-0", kind: "counter", value: 9, at: at(20), modelled: true },
    ]);
  });

  it("reads a device once and counts how far the other source is off", () => {
    const [coarse, fine] = [source("coarse", { maxAgeMsOf: () => 30_000 }), source("fine")];
    const { fleet, out } = start([coarse, fine]);
    fine.sink.onReadings([counter(0, 0)]);
    coarse.sink.onReadings([counter(50, 0)]);
    fine.sink.onReadings([counter(1000, 10)]);
    coarse.sink.onReadings([counter(1000, 10)]);
    fine.sink.onReadings([counter(2000, 20)]);
    coarse.sink.onReadings([counter(1950, 20)]);
    expect(out.map(({ value }) => value)).toEqual([0, 1000, 2000]);
    const check = fleet.meters.find(({ role }) => role === "check");
    expect(check?.check?.total).toEqual({ readJoules: 1000, checkJoules: 950 });
    expect(check?.against?.source).toBe("fine");
    expect(check?.track).toMatchObject({ count: 3, watts: 95, periodMs: 10_000 });
  });

  it("gives a device to the next source after a minute, without joules that nobody measured", () => {
    const [best, second] = [source("best"), source("second", { isUnverified: true })];
    const { out, states, wait } = start([best, second]);
    best.sink.onReadings([counter(5000, 0)]);
    second.sink.onReadings([counter(70_000, 0)]);
    best.sink.onLost("gone");
    wait(59_000);
    best.sink.onLost("gone still");
    second.sink.onReadings([counter(70_100, 59)]);
    expect(out.map(({ value }) => value)).toEqual([5000]);
    wait(2000);
    second.sink.onReadings([counter(70_200, 61)]);
    second.sink.onReadings([counter(70_500, 62)]);
    best.sink.onFound();
    best.sink.onReadings([counter(9000, 63)]);
    best.sink.onReadings([counter(9100, 64)]);
    // Falls mark the stretches between sources as unknown.
    expect(out.map(({ value }) => value)).toEqual([5000, 0, 300, 0, 100]);
    expect(states).toEqual(["best lost gone", "best found"]);
  });

  it("begins with the other source where its time is surely later", () => {
    const [best, second] = [source("best"), source("second", { isUnverified: true })];
    const { out } = start([best, second]);
    second.sink.onReadings([counter(70_000, 10)]);
    best.sink.onReadings([counter(5000, 12, { earliest: at(-18) })]);
    best.sink.onReadings([counter(5400, 14, { earliest: at(12) })]);
    best.sink.onReadings([counter(5900, 16, { earliest: at(14) })]);
    expect(out.map(({ value }) => value)).toEqual([70_000, 0, 500]);
  });

  it("keeps a counter's own fall a fall", () => {
    const [best, second] = [source("best"), source("second", { isUnverified: true })];
    const { out, wait } = start([best, second]);
    best.sink.onReadings([counter(100, 0)]);
    best.sink.onReadings([counter(10, 1), counter(60, 2)]);
    best.sink.onLost("gone");
    wait(61_000);
    second.sink.onReadings([
      counter(500, 90),
      counter(700, 91),
      counter(600, 92),
      counter(650, 93),
    ]);
    expect(out.map(({ value }) => value)).toEqual([100, 0, 50, 0, 200, 0, 50]);
  });

  it("takes a source back by its readings alone", () => {
    const [best, second] = [source("best"), source("second", { isUnverified: true })];
    const { out, wait } = start([best, second]);
    best.sink.onReadings([counter(100, 0)]);
    best.sink.onLost("gone");
    wait(61_000);
    second.sink.onReadings([counter(5, 61), counter(6, 62)]);
    best.sink.onReadings([counter(900, 63)]);
    second.sink.onReadings([counter(7, 64)]);
    best.sink.onReadings([counter(950, 65)]);
    expect(out.map(({ value }) => value)).toEqual([100, 0, 1, 0, 50]);
  });

  it("reads ten thousand devices as it reads ten", () => {
    const server = source("prometheus");
    const { fleet, out } = start([server]);
    const readings = Array.from({ length: 10_000 }, (_, i) =>
      counter(i, 0, { id: `GPU-${i}`, nodeNames: [`node-${i >> 3}`] }),
    );
    for (const _ of [0, 1, 2]) server.sink.onReadings(readings);
    expect(fleet.meters).toHaveLength(10_000);
    expect(out).toHaveLength(30_000);
  });

  it("reads CPUs only where they are configured, and nothing without a place", () => {
    const rapl = source("rapl", { scope: "package", node: "node-a" });
    const lost = source("nowhere");
    const { fleet, out } = start([rapl, lost]);
    rapl.sink.onReadings([counter(1, 0, { id: "package-0" }), counter(1, 0, { id: "package-1" })]);
    lost.sink.onReadings([counter(1, 0, { id: "GPU-unknown" })]);
    expect(out.map(({ device }) => device)).toEqual(["node-a/package-0"]);
    expect([...(fleet.sources[1]?.unread ?? [])]).toEqual([["no_node", 1]]);
  });

  it("says each loss once and counts all", () => {
    const dcgm = source("dcgm");
    const { fleet, states } = start([dcgm]);
    for (const reason of ["refused", "refused", "timeout"]) dcgm.sink.onLost(reason);
    expect(states).toEqual(["dcgm lost refused"]);
    expect(fleet.sources[0]).toMatchObject({ state: "lost", reason: "timeout", failures: 3 });
    dcgm.sink.onFound();
    dcgm.sink.onFound();
    expect(states).toEqual(["dcgm lost refused", "dcgm found"]);
  });
});

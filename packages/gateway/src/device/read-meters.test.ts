import { addNs, createLedger, elapsedNs, instantOf } from "@wattspan/footprint";
import type { AttributeValue, NumberPoint } from "@wattspan/otlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NodeOptions } from "../pipeline-options.ts";
import { createMeterReader, isMeterMetric } from "./read-meters.ts";

const UUID = "GPU-604ac76c-d9cf-fef3-62e9-d92044ab6e52";
const at = 1_795_505_700_250_000_000n;
const nodes: readonly NodeOptions[] = [
  { name: "node-a", aliases: ["10.0.0.7"], devices: [{ id: UUID }, { id: "CPU-0" }] },
  { name: "node-b", aliases: [], devices: [{ id: "GPU-b" }] },
];

interface PointDraft {
  readonly labels?: Readonly<Record<string, AttributeValue>>;
  readonly resource?: Readonly<Record<string, AttributeValue>>;
  readonly point?: Partial<NumberPoint>;
}

const point = (metric: string, value: number, draft: PointDraft = {}): NumberPoint => ({
  metric,
  unit: "",
  kind: "sum",
  monotonic: true,
  temporality: "cumulative",
  value,
  startUnixNano: 0n,
  timeUnixNano: at,
  attributes: new Map(Object.entries(draft.labels ?? { UUID, Hostname: "node-a" })),
  resourceAttributes: new Map(Object.entries(draft.resource ?? {})),
  ...draft.point,
});
const gauge = { kind: "gauge", monotonic: false, temporality: "unspecified" } as const;
const read = createMeterReader(nodes);

describe("names and units", () => {
  const gpu = { "hw.id": UUID, "hw.type": "gpu" };
  it.each([
    ["hw.energy", 12.5, "J", gpu, "counter", 12.5],
    ["hw.energy", 2, "kW.h", gpu, "counter", 7.2e6],
    ["hw.power", 631.95, "W", gpu, "power", 631.95],
    ["hw.power", 1500, "mW", gpu, "power", 1.5],
    ["hw.gpu.energy.consumed", 7, "J", { "hw.id": UUID }, "counter", 7],
    ["hw.gpu.power.draw", 7, "", { "hw.id": UUID }, "power", 7],
    [
      "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
      126_272_101_025,
      "",
      { UUID },
      "counter",
      126_272_101.025,
    ],
    ["DCGM_FI_DEV_POWER_USAGE", 70, "", { uuid: UUID }, "power", 70],
    ["DCGM_FI_DEV_BOARD_POWER_WATTS", 70, "", { UUID }, "power", 70],
  ])("%s %d %s", (metric, value, unit, labels, kind, expected) => {
    expect(isMeterMetric(metric)).toBe(true);
    const draft = { labels, resource: { "host.name": "node-a" }, point: { ...gauge, unit } };
    const { readings, unread } = read([point(metric, value, draft)]);
    expect([...unread]).toEqual([]);
    expect(readings).toHaveLength(1);
    expect(readings[0]).toMatchObject({ device: `node-a/${UUID}`, kind, at: instantOf(at) });
    expect(readings[0]?.value).toBeCloseTo(expected, 6);
  });

  it("passes over other metrics", () => {
    expect(isMeterMetric("DCGM_FI_DEV_GPU_TEMP")).toBe(false);
    expect(read([point("DCGM_FI_DEV_GPU_TEMP", 40)])).toMatchObject({
      readings: [],
      unread: new Map(),
    });
  });

  it("reads other hardware only where it is configured", () => {
    const of = (id: string, type: string): unknown =>
      read([
        point("hw.energy", 5, {
          labels: { "hw.id": id, "hw.type": type },
          resource: { "host.name": "node-a" },
        }),
      ]);
    expect(of("fan-1", "fan")).toMatchObject({ readings: [], unread: new Map() });
    expect(of("CPU-0", "cpu")).toMatchObject({ readings: [{ device: "node-a/CPU-0", value: 5 }] });
  });
});

describe("which node", () => {
  const deviceOf = (labels: PointDraft["labels"], resource: PointDraft["resource"] = {}): unknown =>
    read([point("DCGM_FI_DEV_POWER_USAGE", 70, { labels, resource, point: gauge } as PointDraft)])
      .readings[0]?.device;

  it.each(["Hostname", "hostname", "host"])("reads the label %s, by name or alias", (label) => {
    expect(deviceOf({ UUID: "GPU-new", [label]: "10.0.0.7" })).toBe("node-a/GPU-new");
  });

  it("reads the resource's node", () => {
    const resource = { "k8s.node.name": "node-b", "host.name": "collector" };
    expect(deviceOf({ UUID: "GPU-b" }, resource)).toBe("node-b/GPU-b");
  });

  it("knows a configured device under a label that is no node (a pod's name) or another node", () => {
    expect(deviceOf({ UUID, Hostname: "dcgm-exporter-4flp2" })).toBe(`node-a/${UUID}`);
    expect(deviceOf({ UUID, Hostname: "node-b" })).toBe(`node-a/${UUID}`);
    expect(deviceOf({ UUID })).toBe(`node-a/${UUID}`);
  });

  it("keeps the name of a node that is not configured", () => {
    expect(deviceOf({ UUID: "GPU-x", hostname: "raw" })).toBe("raw/GPU-x");
    expect(deviceOf({ UUID: "GPU-x" }, { "host.name": "raw" })).toBe("raw/GPU-x");
  });
});

describe("what is not read is counted", () => {
  const energy = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION";
  it.each([
    ["delta_temporality", point(energy, 5, { point: { temporality: "delta" } })],
    ["unknown_temporality", point(energy, 5, { point: { temporality: "unspecified" } })],
    ["not_finite", point(energy, Number.NaN)],
    ["not_finite", point(energy, Number.POSITIVE_INFINITY)],
    ["negative", point(energy, -1)],
    ["blank", point(energy, Number(9_223_372_036_854_775_794n))],
    ["blank", point("DCGM_FI_DEV_POWER_USAGE", 140_737_488_355_330, { point: gauge })],
    ["not_a_level", point("DCGM_FI_DEV_POWER_USAGE", 70)],
    ["no_time", point(energy, 5, { point: { timeUnixNano: 0n } })],
    ["no_device", point(energy, 5, { labels: { Hostname: "node-a", gpu: "0" } })],
    ["no_node", point(energy, 5, { labels: { UUID: "GPU-x" } })],
    ["unknown_unit", point(energy, 5, { point: { unit: "furlong" } })],
  ])("%s", (reason, bad) => {
    const good = point(energy, 1000, { point: { timeUnixNano: at + 1n } });
    const { readings, unread } = read([bad, good, bad]);
    expect([...unread]).toEqual([[reason, 2]]);
    expect(readings).toMatchObject([{ value: 1 }]);
  });
});

describe("times", () => {
  const rangeMs = (metric: string, reader = read): number => {
    const draft = { labels: { "hw.id": UUID, "hw.type": "gpu", UUID }, point: gauge };
    const [reading] = reader([
      point(metric, 70, { ...draft, resource: { "host.name": "node-a" } }),
    ]).readings;
    if (reading === undefined) throw new Error(metric);
    return elapsedNs(reading.earliest ?? reading.at, reading.at) / 1e6;
  };

  it("reach back over the exporter's cache and the sensor's window", () => {
    expect(rangeMs("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION")).toBe(30_000);
    expect(rangeMs("DCGM_FI_DEV_POWER_USAGE")).toBe(31_100);
    expect(rangeMs("hw.power")).toBe(1100);
    expect(rangeMs("hw.energy")).toBe(0);
    expect(rangeMs("DCGM_FI_DEV_POWER_USAGE", createMeterReader(nodes, 1000))).toBe(2100);
  });

  it("bound what a phase drew, behind a cache of 30 s and exports of 60 s", () => {
    const scene = fc.record({
      blocks: fc.array(fc.integer({ min: 50, max: 700 }), { minLength: 48, maxLength: 48 }),
      renewed: fc.integer({ min: 0, max: 29 }),
      from: fc.double({ min: 120, max: 240, noNaN: true }),
      length: fc.double({ min: 0.1, max: 60, noNaN: true }),
    });
    let judged = 0;
    fc.assert(
      fc.property(scene, ({ blocks, renewed, from, length }) => {
        const until = (seconds: number): number =>
          blocks.reduce(
            (joules, watts, i) => joules + watts * Math.min(10, Math.max(0, seconds - 10 * i)),
            0,
          );
        const ledger = createLedger({
          maxCounterGapNs: 600e9,
          maxPowerGapNs: 120e9,
          maxClockSkewNs: 0,
          gainError: 0,
          maxPhaseNs: 600e9,
          keepNs: 3600e9,
        });
        const key = `node-a/${UUID}`;
        ledger.addDevice({ key, node: "node-a", id: UUID, maxWatts: 700 });
        for (let scraped = 60; scraped <= 420; scraped += 60) {
          const measured = Math.floor((scraped - renewed) / 30) * 30 + renewed;
          const value = Math.round(1e6 + until(measured) * 1000);
          const timeUnixNano = at + BigInt(scraped) * 1_000_000_000n;
          const draft = { point: { timeUnixNano } };
          const { readings } = read([point("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", value, draft)]);
          for (const reading of readings) ledger.addReading(reading);
        }
        const start = addNs(instantOf(at), Math.round(from * 1e9));
        const end = addNs(instantOf(at), Math.round((from + length) * 1e9));
        const devices = [{ device: key, share: 1 }];
        const phase = { idHigh: 0, idLow: 1, start, end, weight: 1, devices };
        const energy = ledger.energyOf(ledger.upsertPhase(phase) as number);
        if (energy === undefined || energy.coverage < 1) return;
        judged++;
        const truth = until(from + length) - until(from);
        expect(energy.lowerJoules).toBeLessThanOrEqual(truth + 0.01);
        expect(energy.upperJoules).toBeGreaterThanOrEqual(truth - 0.01);
      }),
      { numRuns: 300 },
    );
    expect(judged).toBeGreaterThan(200);
  });
});

describe("pods", () => {
  const podsOf = (labels: Readonly<Record<string, string>>, resource = {}) =>
    read([
      point("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", 1000, {
        labels: { UUID, hostname: "node-a", ...labels },
        resource,
      }),
    ]).sightings.map(({ pod, namespace, id }) => [pod, namespace, id]);

  it("are those of the labels, also where Prometheus moved them, never the exporter's own", () => {
    expect(podsOf({ pod: "llama-0", namespace: "serving" })).toEqual([
      ["llama-0", "serving", UUID],
    ]);
    const moved = {
      pod: "dcgm-exporter-x",
      exported_pod: "llama-0",
      exported_namespace: "serving",
    };
    expect(podsOf(moved)).toEqual([["llama-0", "serving", UUID]]);
    expect(podsOf({}, { "k8s.pod.name": "dcgm-exporter-x" })).toEqual([]);
  });
});

describe("one reading per board", () => {
  const instance = (id: string, value: number): NumberPoint =>
    point("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", value, {
      labels: { UUID, Hostname: "node-a", GPU_I_ID: id, GPU_I_PROFILE: "1g.6gb" },
    });
  const series = [
    instance("3", 126_272_101_025),
    instance("4", 126_272_101_025),
    instance("5", 126_272_106_318),
    instance("6", 126_272_101_025),
  ];

  it("takes the greatest of MIG's repeats, in any order", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(series, { minLength: series.length }), (points) => {
        const { readings } = read(points);
        expect(readings).toHaveLength(1);
        expect(readings[0]?.value).toBeCloseTo(126_272_106.318, 6);
      }),
    );
  });

  it("keeps times, kinds and devices apart, sorted", () => {
    const later = { point: { timeUnixNano: at + 1_000_000_000n } };
    const points = [
      point("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", 3000, later),
      point("DCGM_FI_DEV_POWER_USAGE", 70, { point: gauge }),
      point("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", 2000),
      point("DCGM_FI_DEV_POWER_USAGE", 80, { labels: { UUID: "GPU-b" }, point: gauge }),
    ];
    expect(read(points).readings.map(({ device, kind, value }) => [device, kind, value])).toEqual([
      [`node-a/${UUID}`, "counter", 2],
      [`node-a/${UUID}`, "counter", 3],
      [`node-a/${UUID}`, "power", 70],
      ["node-b/GPU-b", "power", 80],
    ]);
  });

  it("takes no notice of a new start time", () => {
    const restarted = { point: { startUnixNano: at - 1n } };
    const plain = read([point("hw.gpu.energy.consumed", 9)]);
    expect(read([point("hw.gpu.energy.consumed", 9, restarted)])).toEqual(plain);
  });
});

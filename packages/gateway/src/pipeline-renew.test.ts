import type { IntensitySource } from "@wattspan/footprint";
import { expect, it } from "vitest";
import {
  factorOf,
  meterAt500W,
  oneDevice,
  phaseOf,
  requestOf,
  startPipeline,
  T0,
} from "./pipeline.test.fixture.ts";

const grams: Readonly<Record<string, number>> = { FR: 36, PL: 720 };
const intensity: IntensitySource = {
  name: "two zones",
  factorAt: (zone, { epoch }) =>
    factorOf(zone, grams[zone] ?? 0, { from: { epoch, ns: 0 }, to: { epoch: epoch + 1, ns: 0 } }),
};
const [node] = oneDevice.nodes;
const nodeIn = (zone: string) => ({ ...(node as NonNullable<typeof node>), pue: 1, zone });

it("places and prices by the fleet that was configured when a phase started, and loses no span", () => {
  const { pipeline, sent, clock } = startPipeline({ nodes: [nodeIn("FR")], intensity });
  const accept = (id: string, service: string, fromMs: number, toMs: number): void => {
    const span = { id, trace: id, fromMs, toMs, attributes: phaseOf("decode", 10) };
    const verdict = pipeline.accept("traces", "json", requestOf([span], { service }));
    expect(verdict.status).toBe("accepted");
  };
  clock.nowMs = T0 + 10_000;
  accept("1", "worker", 0, 10_000);
  expect(pipeline.heldCount).toBe(1);

  pipeline.renew(
    {
      nodes: [
        nodeIn("PL"),
        { name: "node-b", aliases: [], zone: "FR", devices: [{ id: "GPU-2" }] },
      ],
      workers: [
        { match: new Map([["service.name", "renamed"]]), node: "node-a" },
        { match: new Map([["service.name", "new"]]), node: "node-b" },
      ],
    },
    T0 + 10_000,
  );
  expect(pipeline.nodes.map(({ name }) => name)).toEqual(["node-a", "node-b"]);
  clock.nowMs = T0 + 30_000;
  accept("2", "worker", 5_000, 10_000);
  accept("3", "worker", 20_000, 30_000);
  accept("4", "renamed", 20_000, 30_000);
  accept("5", "new", 20_000, 30_000);
  pipeline.addReadings(meterAt500W(0, 60));
  pipeline.addReadings(meterAt500W(0, 60, { device: "node-b/GPU-2" }));
  clock.nowMs = T0 + 120_000;
  pipeline.finish(clock.nowMs);

  const figure = (id: string, key: string): unknown =>
    sent.find((span) => span.id === id)?.attributes.get(key);
  const ids = ["1", "2", "3", "4", "5"];
  expect(sent.map(({ id }) => id).sort()).toEqual(ids);
  expect(ids.map((id) => figure(id, "footprint.grid.zone"))).toEqual([
    "FR",
    "FR",
    undefined,
    "PL",
    "FR",
  ]);
  // A phase that started under the old rows is found by them, and one that started under the new ones is not.
  expect(figure("3", "footprint.attribution.reason")).toBe("unknown_worker");
  // 400 W above idle for 10 s.
  expect(figure("4", "footprint.energy.total")).toBeCloseTo(4000, 6);
  expect(figure("4", "footprint.carbon.operational")).toBeCloseTo((4000 / 3.6e6) * 720, 9);
});

it("keeps the price that held when a phase started", () => {
  const price = { currency: "EUR", perKwh: 0.1 };
  const { pipeline, clock } = startPipeline({ nodes: [{ ...nodeIn("FR"), price }], intensity });
  clock.nowMs = T0 + 10_000;
  const span = { id: "1", trace: "1", fromMs: 0, toMs: 10_000, attributes: phaseOf("decode", 10) };
  pipeline.accept("traces", "json", requestOf([span], { service: "worker" }));
  pipeline.renew(
    { nodes: [{ ...nodeIn("FR"), price: { ...price, perKwh: 0.2 } }], workers: [] },
    T0 + 10_000,
  );
  pipeline.addReadings(meterAt500W(0, 60));
  clock.nowMs = T0 + 60_000;
  pipeline.finish(clock.nowMs);
  const [request] = pipeline.summary().requests;
  expect(request?.energyJoules).toBeCloseTo(4000, 6);
  expect(request?.cost).toBeCloseTo((4000 / 3.6e6) * 0.1, 12);
});

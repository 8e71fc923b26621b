import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { footprintOf } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { createMetricRecorder } from "./record-metrics.ts";

const context = {
  intensity: undefined,
  isGuessed: false,
  isAssumedWeight: false,
  includesQueueing: false,
  isProvisional: false,
};

it("counts what left by status and reason, and records energy only where there is some", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const recorder = createMetricRecorder(provider.getMeter("test"));
  const missing = footprintOf(undefined, { ...context, unplaced: "no_meter" });
  const figure = { dynamicJoules: 10, idleJoules: 0, energyJoules: 10, lowerJoules: 9 };
  const energy = { ...figure, upperJoules: 11, coverage: 1, windowJoules: 10, devices: [] };
  const measured = { ...footprintOf(energy, { ...context, pue: 1.5 }), gramsCo2e: 2, zone: "FR" };
  const shared = { phase: "decode", model: "m", processedTokens: 7, delayMs: 1500 };
  recorder.recordPhase({ ...shared, footprint: missing });
  recorder.recordPhase({ ...shared, footprint: measured });
  recorder.recordLoss("ended_twice");
  await provider.forceFlush();
  const points = new Map(
    exporter.getMetrics()[0]?.scopeMetrics[0]?.metrics.map(({ descriptor, dataPoints }) => [
      descriptor.name,
      dataPoints.map(({ value, attributes }) => ({
        value: typeof value === "number" ? value : "sum" in value ? value.sum : undefined,
        ...attributes,
      })),
    ]),
  );
  await provider.shutdown();
  const status = "footprint.measurement.status";
  const reason = "footprint.attribution.reason";
  expect(points.get("footprint.join.spans")).toEqual([
    { value: 1, [status]: "missing", [reason]: "no_meter" },
    { value: 1, [status]: "measured", [reason]: "no_zone" },
    { value: 1, [status]: "missing", [reason]: "ended_twice" },
  ]);
  expect(points.get("footprint.inference.energy")).toMatchObject([
    { value: 15, [status]: "measured" },
  ]);
  expect(points.get("footprint.inference.carbon")).toMatchObject([
    { value: 2, "footprint.grid.zone": "FR", "footprint.grid.signal_type": "average" },
  ]);
  expect(points.get("footprint.inference.tokens")).toMatchObject([{ value: 14 }]);
  expect(points.get("footprint.join.delay")).toMatchObject([{ value: 3 }]);
});

import { readdirSync, readFileSync } from "node:fs";
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { createTraceScanner } from "@wattspan/otlp";
import { expect, it } from "vitest";
import { requestOf } from "../pipeline.test.fixture.ts";
import { countItems } from "./count-items.ts";

const recording = new URL("../../../cli/recording/", import.meta.url);
const scanner = createTraceScanner({ names: [], keys: [] });

it.each(readdirSync(recording).filter((name) => name.endsWith(".pb")))(
  "counts spans of %s",
  (name) => {
    const body = readFileSync(new URL(name, recording));
    const { count } = scanner.scan(body, "protobuf");
    expect(count).toBeGreaterThan(0);
    expect(countItems("traces", "protobuf", body)).toBe(count);
  },
);

class Reader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

it("counts points of every kind of metric, in both encodings", async () => {
  const reader = new Reader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter("m");
  meter.createCounter("a").add(1, { x: "1" });
  meter.createCounter("a").add(1, { x: "2" });
  meter.createHistogram("b").record(1);
  meter.createGauge("c").record(1, { text: '"dataPoints":[{},{}]' });
  const { resourceMetrics } = await reader.collect();
  const binary = ProtobufMetricsSerializer.serializeRequest(resourceMetrics);
  const text = JsonMetricsSerializer.serializeRequest(resourceMetrics);
  expect(countItems("metrics", "protobuf", binary ?? new Uint8Array())).toBe(4);
  expect(countItems("metrics", "json", text ?? new Uint8Array())).toBe(4);
});

it("counts JSON of any layout, and stops where bytes end", () => {
  const tricky = requestOf([
    { id: "1", name: '\\"]}{[' },
    { id: "2", attributes: { spans: "spans" } },
  ]);
  expect(countItems("traces", "json", tricky)).toBe(2);
  const logs = '{"resourceLogs": [{"scopeLogs":[{"logRecords" :\n [ {"body":{}} , {} ]}]}]}';
  expect(countItems("logs", "json", Buffer.from(logs))).toBe(2);
  expect(countItems("logs", "json", Buffer.from(logs.slice(0, 60)))).toBe(1);
  expect(countItems("logs", "protobuf", Uint8Array.of(10, 200, 1))).toBe(0);
  expect(countItems("traces", "protobuf", Uint8Array.of(11, 12))).toBe(0);
});

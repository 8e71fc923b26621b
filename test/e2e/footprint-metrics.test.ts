import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { instantOf } from "@wattspan/footprint";
import { createLog, startGateway } from "@wattspan/gateway";
import {
  METRIC_FOOTPRINT_DEVICE_ENERGY,
  METRIC_FOOTPRINT_INFERENCE_CARBON,
  METRIC_FOOTPRINT_INFERENCE_ENERGY,
  METRIC_FOOTPRINT_RESTATEMENT_CARBON,
  METRIC_FOOTPRINT_RESTATEMENT_ENERGY,
} from "@wattspan/semconv";
import { expect, it } from "vitest";
import { decodeMessage } from "../conformance/otlp-proto.ts";
import { engineNodes, enginePipeline } from "../engine-pipeline.ts";

interface Point {
  readonly attributes?: readonly { readonly key: string; readonly value: object }[];
  readonly sum?: number;
  readonly asDouble?: number;
  readonly asInt?: string;
}
interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { aggregationTemporality: number; isMonotonic?: boolean; dataPoints: Point[] };
  readonly histogram?: { aggregationTemporality: number; dataPoints: Point[] };
}

/** A backend that keeps the bodies of metric requests, decompressed. */
async function startBackend() {
  const bodies: Uint8Array[] = [];
  const server = createServer(async (request, response) => {
    const body = gunzipSync(await buffer(request));
    if (request.url === "/v1/metrics") bodies.push(body);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { bodies, url, stop: () => new Promise((resolve) => server.close(resolve)) };
}

function metricsIn(body: Uint8Array): ReadonlyMap<string, Metric> {
  const request = decodeMessage("ExportMetricsServiceRequest", body) as {
    resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[];
  };
  const found = request.resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics),
  );
  return new Map(found.map((metric) => [metric.name, metric]));
}

const sumOf = (points: readonly Point[] | undefined): number =>
  (points ?? []).reduce((sum, p) => sum + (p.sum ?? p.asDouble ?? Number(p.asInt ?? 0)), 0);

it("sends metrics of footprints over OTLP whose sum, with corrections, is the summary's", async () => {
  const backend = await startBackend();
  const gateway = await startGateway({
    pipeline: enginePipeline({ lingerMs: 0, holdMs: 2000, exportDelayMs: 0 }),
    http: { host: "127.0.0.1", port: 0 },
    exporters: new Map([["backend", { endpoint: backend.url }]]),
    metricIntervalMs: 200,
    log: createLog({ write: () => {} }),
  });
  const device = "node-decode/GPU-d0";
  const baseMs = Date.now() - 60_000;
  const at = (ms: number): bigint => BigInt(baseMs + ms) * 1_000_000n;
  for (let second = 0; second <= 12; second++) {
    gateway.pipeline.addReadings([
      { device, kind: "counter", value: 1000 + second * 370, at: instantOf(at(second * 1000)) },
    ]);
  }
  const send = async (trace: string, tokens: number): Promise<void> => {
    const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    const attributes = [
      text("footprint.inference.phase", "decode"),
      { key: "footprint.inference.processed_tokens", value: { intValue: tokens } },
    ];
    const span = {
      traceId: trace.repeat(32),
      spanId: trace.repeat(16),
      name: "decode",
      startTimeUnixNano: String(at(0)),
      endTimeUnixNano: String(at(10_000)),
      attributes,
    };
    const resource = { attributes: [text("service.name", "dynamo-worker-decode")] };
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
    await fetch(`http://127.0.0.1:${gateway.addresses.http?.port}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
  };
  const energyPoints = (): readonly Point[] | undefined => {
    const last = backend.bodies.at(-1);
    return last && metricsIn(last).get(METRIC_FOOTPRINT_INFERENCE_ENERGY)?.histogram?.dataPoints;
  };
  // 300 W of dynamic power over 10 s, at a PUE of 1.2.
  await send("a", 10);
  await expect.poll(() => sumOf(energyPoints()), { timeout: 10_000 }).toBeCloseTo(3600, 6);
  await send("b", 20);
  await expect.poll(() => sumOf(energyPoints()), { timeout: 10_000 }).toBeCloseTo(6000, 6);
  await gateway.shutdown();
  await backend.stop();

  const metrics = metricsIn(backend.bodies.at(-1) ?? new Uint8Array());
  const energy = metrics.get(METRIC_FOOTPRINT_INFERENCE_ENERGY);
  const corrections = metrics.get(METRIC_FOOTPRINT_RESTATEMENT_ENERGY);
  expect([energy?.unit, energy?.histogram?.aggregationTemporality]).toEqual(["J", 2]);
  expect(corrections?.sum?.isMonotonic ?? false).toBe(false);
  expect(sumOf(corrections?.sum?.dataPoints)).toBeCloseTo(-2400, 6);
  const { requests, totals } = gateway.pipeline.summary();
  const pue = engineNodes[1]?.pue ?? Number.NaN;
  const joules = requests.reduce((sum, one) => sum + (one.energyJoules ?? 0) * pue, 0);
  expect(joules).toBeCloseTo(3600, 6);
  expect(sumOf(energyPoints()) + sumOf(corrections?.sum?.dataPoints)).toBeCloseTo(joules, 6);
  const grams =
    sumOf(metrics.get(METRIC_FOOTPRINT_INFERENCE_CARBON)?.histogram?.dataPoints) +
    sumOf(metrics.get(METRIC_FOOTPRINT_RESTATEMENT_CARBON)?.sum?.dataPoints);
  expect(grams).toBeGreaterThan(0);
  expect(grams).toBeCloseTo(totals.carbonGrams ?? Number.NaN, 9);
  const spent = metrics.get(METRIC_FOOTPRINT_DEVICE_ENERGY)?.sum?.dataPoints;
  expect(sumOf(spent)).toBeCloseTo(totals.meteredJoules, 6);
});

import { createServer } from "node:net";
import type { IntensitySource } from "@wattspan/footprint";
import { afterEach, describe, expect, it } from "vitest";
import type { GatewayOptions } from "./gateway.ts";
import { factorOf, oneDevice, phaseOf, requestOf } from "./pipeline.test.fixture.ts";
import { type Backend, startBackend } from "./send/start-backend.test.fixture.ts";
import { startOneDevice, stopGateways } from "./start-gateway.test.fixture.ts";

afterEach(stopGateways);

function toBackend(backend: Backend, maxItems = 100): GatewayOptions["exporters"] {
  const settings = { endpoint: backend.url, compression: "none", queue: { maxItems } } as const;
  return new Map([["tempo", settings]]);
}

/** A counter of the device at 500 W, a reading a second, as OTLP/JSON. */
function counter(fromSecond: number, toSecond: number, baseMs: number, more: object = {}): string {
  const dataPoints = Array.from({ length: toSecond - fromSecond + 1 }, (_, i) => ({
    timeUnixNano: String(BigInt(baseMs + (fromSecond + i) * 1000) * 1_000_000n),
    asDouble: 1000 + (fromSecond + i) * 500,
    attributes: [
      { key: "hw.id", value: { stringValue: "GPU-1" } },
      { key: "hw.type", value: { stringValue: "gpu" } },
      { key: "host.name", value: { stringValue: "node-a" } },
    ],
  }));
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints, ...more };
  const metrics = [{ name: "hw.energy", unit: "J", sum }];
  return JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
}

/** What Prometheus reads of the series whose name starts so: the sum of its values. */
function sumOf(page: string, series: string): number {
  return page
    .split("\n")
    .filter((line) => line.startsWith(`${series}{`) || line.startsWith(`${series} `))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

describe("a gateway that cannot bind", () => {
  it("leaves none of its listeners open", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
    const admin = { host: "127.0.0.1", port: (free.address() as { port: number }).port };
    await new Promise((resolve) => free.close(resolve));
    const options = {
      admin,
      grpc: { host: "127.0.0.1", port: 0 },
      http: { host: "127.0.0.1", port },
    };
    await expect(startOneDevice(options)).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`);
    await expect(fetch(`http://127.0.0.1:${admin.port}/healthz`)).rejects.toThrow();
    await new Promise((resolve) => taken.close(resolve));
    const { get } = await startOneDevice(options);
    expect((await get("/readyz")).status).toBe(200);
  });
});

describe("/readyz", () => {
  it("is not ready while the queue is full, and while the gateway shuts down", async () => {
    const waiting: (() => void)[] = [];
    const backend = await startBackend((response) => void waiting.push(() => response.end()));
    const { gateway, get, post } = await startOneDevice({ exporters: toBackend(backend, 1) });
    expect((await get("/readyz")).status).toBe(200);
    await post("logs", '{"resourceLogs":[]}');
    const full = await get("/readyz");
    expect([full.status, await full.text()]).toEqual([
      503,
      "not ready\nthe queue of tempo is full\n",
    ]);
    const stopped = gateway.shutdown();
    await expect.poll(async () => (await get("/readyz")).text()).toBe("not ready\nshutting down\n");
    await expect.poll(() => waiting.length).toBe(1);
    for (const answer of waiting) answer();
    await stopped;
  });
});

describe("what is left out", () => {
  it("is counted by reason, and said once", async () => {
    const { post, metrics, lines } = await startOneDevice();
    const nowMs = Date.now();
    const delta = { aggregationTemporality: 1 };
    for (let i = 0; i < 2; i++) {
      await post("metrics", counter(0, 2, nowMs, delta));
      const absurd = {
        id: "1",
        trace: i === 0 ? "a" : "b",
        attributes: phaseOf("decode", 2n ** 60n),
      };
      await post("traces", requestOf([absurd, absurd], { baseMs: nowMs }));
      const bad = Buffer.from(requestOf([{ id: "2" }, { id: "3" }])).toString();
      await post("traces", bad.replace("2".repeat(16), "0".repeat(16)));
    }
    await post("logs", '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}]}]}]}');
    const page = await metrics();
    for (const line of [
      'wattspan_unread_meter_points_total{reason="delta_temporality"} 6',
      'wattspan_uncharged_phases_total{reason="implausible_tokens"} 2',
      'wattspan_dropped_items_total{signal="traces",reason="malformed"} 2',
      'wattspan_dropped_items_total{signal="traces",reason="repeated"} 2',
      'wattspan_received_items_total{signal="traces"} 8',
      'wattspan_received_items_total{signal="metrics"} 6',
      'wattspan_received_items_total{signal="logs"} 2',
    ])
      expect(page.split("\n")).toContain(line);
    const said = (text: string) => lines.filter((line) => line.includes(text));
    await expect.poll(() => said("phases are not charged")).toHaveLength(1);
    expect(said("phases are not charged")[0]).toContain("about=implausible_tokens");
    expect(said("meter points are not used about=delta_temporality")).toHaveLength(1);
    expect(said("spans rejected about=malformed")).toHaveLength(1);
    expect(said("spans came again")).toHaveLength(1);
  });

  it("is told of items that a backend took", async () => {
    const backend = await startBackend();
    const { post, metrics } = await startOneDevice({ exporters: toBackend(backend) });
    await post("traces", requestOf([{ id: "1" }, { id: "2" }]));
    await expect
      .poll(metrics)
      .toContain('wattspan_forwarded_items_total{signal="traces",backend="tempo"} 2');
  });
});

describe("a node without a zone", () => {
  it("gets joules and no grams, and one line says which setting is missing", async () => {
    const { gateway, post, lines } = await startOneDevice();
    const baseMs = Date.now() - 60_000;
    await post("metrics", counter(0, 12, baseMs));
    for (const trace of ["a", "b"]) {
      const span = { trace, id: "1", attributes: phaseOf("decode", 10) };
      await post("traces", requestOf([span], { baseMs }));
    }
    const phases = gateway.pipeline.summary().requests.flatMap((request) => request.phases);
    expect(phases).toHaveLength(2);
    for (const phase of phases) {
      expect(phase.energyJoules).toBeCloseTo(2000, 6);
      expect(phase).not.toHaveProperty("carbonGrams");
      expect(phase.reason).toBe("no_zone");
    }
    const about = lines.filter((line) => line.includes("nodes[0].zone"));
    expect(about).toHaveLength(1);
    expect(about[0]).toContain("WARN no grid zone is set");
  });
});

const constant: IntensitySource = {
  name: "constant",
  factorAt: (zone, { epoch }) =>
    factorOf(zone, 360, { from: { epoch, ns: 0 }, to: { epoch: epoch + 1, ns: 0 } }),
};

describe("metrics of footprints", () => {
  const node = { ...(oneDevice.nodes[0] as (typeof oneDevice.nodes)[0]), zone: "FR" };
  const pipeline = {
    ...oneDevice,
    nodes: [node],
    intensity: constant,
    join: { ...oneDevice.join, lingerMs: 0, holdMs: 60_000, exportDelayMs: 0 },
  };

  it("and their corrections add up to the summary", async () => {
    const backend = await startBackend();
    const exporters = toBackend(backend);
    const { gateway, post, metrics } = await startOneDevice({ pipeline, exporters });
    const baseMs = Date.now() - 300_000;
    await post("metrics", counter(0, 12, baseMs));
    const first = phaseOf("decode", 10, { "gen_ai.request.model": "m", "tenant.id": "acme" });
    await post("traces", requestOf([{ id: "1", attributes: first }], { baseMs }));
    const energy = "footprint_inference_energy_sum";
    await expect
      .poll(async () => sumOf(await metrics(), energy), { timeout: 5000 })
      .toBeCloseTo(8000, 6);
    const page = await metrics();
    const series = page.split("\n").find((line) => line.startsWith(energy));
    for (const label of [
      'footprint_inference_phase="decode"',
      'gen_ai_request_model="m"',
      'tenant="acme"',
      'footprint_measurement_status="measured"',
      'footprint_device_count="1"',
    ])
      expect(series).toContain(label);
    expect(page).toMatch(/footprint_inference_carbon_sum\{[^}]*footprint_grid_zone="FR"/);
    expect(page).toMatch(
      /footprint_grid_carbon_intensity\{[^}]*footprint_grid_zone="FR"[^}]*\} 360/,
    );
    expect(page).toMatch(/footprint_device_energy\{[^}]*hw_type="gpu"[^}]*\} 4000/);

    // A late phase takes three quarters of it.
    const second = phaseOf("decode", 30, { "gen_ai.request.model": "m" });
    await post("traces", requestOf([{ id: "1", trace: "b", attributes: second }], { baseMs }));
    await expect
      .poll(async () => sumOf(await metrics(), energy), { timeout: 5000 })
      .toBeCloseTo(8000 + 6000, 6);
    gateway.pipeline.finish(Date.now());
    const last = await metrics();
    const summary = gateway.pipeline.summary();
    const phases = summary.requests.flatMap((request) => request.phases);
    const joules = phases.reduce((sum, phase) => sum + (phase.energyJoules ?? 0) * 2, 0);
    expect(joules).toBeCloseTo(8000, 6);
    expect(sumOf(last, "footprint_restatement_energy")).toBeCloseTo(-6000, 6);
    expect(sumOf(last, energy) + sumOf(last, "footprint_restatement_energy")).toBeCloseTo(
      joules,
      6,
    );
    const grams = summary.totals.carbonGrams ?? 0;
    expect(grams).toBeCloseTo(0.8, 6);
    const carbon = sumOf(last, "footprint_inference_carbon_sum");
    expect(carbon + sumOf(last, "footprint_restatement_carbon")).toBeCloseTo(grams, 9);
    const metered = summary.totals.meteredJoules;
    expect(sumOf(last, "footprint_device_energy")).toBeCloseTo(metered, 6);
    expect(sumOf(last, "wattspan_device_joules")).toBeCloseTo(metered, 6);
    expect(last).toContain('wattspan_restatements_total{reason="late_span"} 1\n');
    expect(last).toContain(
      'wattspan_grid_factor{zone="FR",provider="static",tier="yearly_zone"} 1\n',
    );
    expect(sumOf(last, "footprint_inference_tokens_total")).toBe(40);
    expect(sumOf(last, "footprint_join_spans_total")).toBe(2);
  });
});

it("shows what it holds, and sends its own metrics over OTLP too", async () => {
  const backend = await startBackend();
  const { gateway, post, metrics } = await startOneDevice({ exporters: toBackend(backend) });
  await post("traces", requestOf([{ id: "1", attributes: phaseOf("decode", 10) }]));
  const page = await metrics();
  expect(page).toContain("wattspan_held_spans 1\n");
  expect(sumOf(page, "wattspan_held_bytes")).toBe(gateway.pipeline.heldBytes);
  expect(page).toContain("nodejs_eventloop_lag_p99_seconds");
  await gateway.shutdown();
  const pushed = backend.requests.filter(({ path }) => path === "/v1/metrics").at(-1)?.body;
  expect(pushed).toContain("wattspan.received.items");
  expect(pushed).toContain("wattspan.held.spans");
});

it("sends no more metrics of its own to a backend that has no path for them", async () => {
  const asked: (string | undefined)[] = [];
  const backend = await startBackend((response) => {
    const { url } = response.req;
    asked.push(url);
    response.writeHead(url === "/v1/metrics" ? 404 : 200).end();
  });
  const settings = { endpoint: backend.url, downAfterMs: 1 };
  const exporters = new Map([["tempo", settings]]);
  const { post, lines, metrics, get } = await startOneDevice({ exporters, metricIntervalMs: 20 });
  await post("metrics", counter(0, 2, Date.now()));
  const dropped = 'wattspan_dropped_requests_total{signal="metrics"';
  await expect.poll(metrics).toContain(dropped);
  const before = sumOf(await metrics(), dropped.split("{")[0] ?? "");
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(asked).toHaveLength(before);
  expect([(await get("/readyz")).status, lines.join("")]).toEqual([
    200,
    expect.not.stringContaining("takes no data"),
  ]);
  expect(lines.some((line) => line.includes("ERROR data dropped"))).toBe(true);
});

it("says once that a dialect without a recording is at work", async () => {
  const { gateway, post, lines } = await startOneDevice();
  const span = {
    traceId: "0".repeat(31).concat("1"),
    spanId: "0".repeat(15).concat("1"),
    name: "llm_d.pd_proxy.request",
    startTimeUnixNano: "1795505700000000000",
    endTimeUnixNano: "1795505701000000000",
  };
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  for (let i = 0; i < 2; i++) expect((await post("traces", body)).status).toBe(200);
  expect(lines.filter((line) => line.includes("unverified dialect"))).toHaveLength(1);
  await gateway.shutdown();
});

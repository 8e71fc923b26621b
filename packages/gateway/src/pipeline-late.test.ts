import {
  type EmissionFactor,
  type IntensitySource,
  instantOf,
  type MeterReading,
} from "@wattspan/footprint";
import { attributesOf, createTraceScanner, nameOf, parentSpanIdOf } from "@wattspan/otlp";
import { expect, it } from "vitest";
import { oneDevice, T0 } from "./pipeline.test.fixture.ts";
import { createPipeline } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";

const MINUTE_MS = 60_000;

const options: PipelineOptions = {
  ...oneDevice,
  nodes: oneDevice.nodes.map(({ pue: _, ...node }) => node),
  isTrusted: true,
};

interface SpanParts {
  /** One digit; `a` where not given. */
  readonly trace?: string;
  /** Its name, and its id too where that is not given: one digit, repeated. */
  readonly id: string;
  readonly spanId?: string;
  readonly parent?: string;
  readonly service?: string;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

const phase = { "footprint.inference.phase": "decode", "footprint.inference.processed_tokens": 10 };

function start(changes: Partial<PipelineOptions> = {}) {
  const clock = { nowMs: T0 };
  const scanner = createTraceScanner({ names: [], keys: [] });
  const sent: { name: string; parent: string; attributes: ReadonlyMap<string, unknown> }[] = [];
  const pipeline = createPipeline(
    { ...options, ...changes },
    (_signal, encoding, body) => {
      const table = scanner.scan(body, encoding);
      for (let i = 0; i < table.count; i++) {
        const parent = parentSpanIdOf(table, i);
        sent.push({ name: nameOf(table, i), parent, attributes: attributesOf(table, i) });
      }
      return true;
    },
    () => clock.nowMs,
  );
  // 500 W, a reading a second.
  const readings = Array.from({ length: 13 }, (_, i): MeterReading => {
    const at = instantOf(BigInt(T0 + i * 1000) * 1_000_000n);
    return { device: "node-a/GPU-1", kind: "counter", value: 1000 + i * 500, at };
  });
  pipeline.addReadings(readings);
  /** A span over the first 10 s after T0, named after its id. */
  const accept = ({
    trace = "a",
    id,
    spanId = id,
    parent = "",
    service = "worker",
    attributes = {},
  }: SpanParts): void => {
    const span = {
      traceId: trace.repeat(32),
      spanId: spanId.repeat(16),
      parentSpanId: parent.repeat(16),
      name: id,
      startTimeUnixNano: String(BigInt(T0) * 1_000_000n),
      endTimeUnixNano: String(BigInt(T0 + 10_000) * 1_000_000n),
      attributes: attributesAsJson(attributes),
    };
    const resource = { attributes: attributesAsJson({ "service.name": service }) };
    const request = { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] };
    pipeline.accept("traces", "json", new TextEncoder().encode(JSON.stringify(request)));
  };
  const joulesOf = (name: string): readonly unknown[] =>
    sent
      .filter((span) => span.name === name)
      .map(({ attributes }) => attributes.get("footprint.energy.accelerator"));
  return { pipeline, clock, sent, accept, joulesOf };
}

function attributesAsJson(attributes: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "string" ? { stringValue: value } : { intValue: String(value) },
  }));
}

it("holds a request span that comes in another batch than its marked phases", () => {
  const { pipeline, sent, accept } = start();
  accept({ id: "2", parent: "1", attributes: phase });
  accept({ id: "1", service: "frontend" });
  expect(sent).toEqual([]);
  pipeline.finish(T0 + 60_000);
  const root = sent.find(({ name }) => name === "1");
  expect(root?.attributes.get("footprint.request.energy")).toBeCloseTo(4000, 6);
});

it("takes the version of a span that says more, whichever comes first", () => {
  const { pipeline, sent, accept } = start();
  const poor = { "footprint.inference.phase": "decode" };
  accept({ id: "2", attributes: poor });
  accept({ id: "2", attributes: phase });
  accept({ id: "2", attributes: poor });
  pipeline.finish(T0 + 60_000);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.attributes.get("footprint.inference.processed_tokens")).toBe(10n);
});

it("charges a phase no longer whose place turns out to be unknown", () => {
  const { pipeline, accept } = start();
  accept({ id: "2", attributes: phase });
  expect(pipeline.summary().totals.attributedJoules).toBeCloseTo(4000, 6);
  accept({ id: "2", service: "stranger", attributes: { ...phase, more: "said" } });
  expect(pipeline.summary().totals.attributedJoules).toBe(0);
});

it("counts a phase that its sender settled as load, and leaves its figure alone", () => {
  const { pipeline, sent, accept, joulesOf } = start();
  accept({ id: "2", attributes: phase });
  accept({ id: "3", attributes: { ...phase, "footprint.energy.total": 7 } });
  pipeline.finish(T0 + 60_000);
  expect(joulesOf("2")).toEqual([expect.closeTo(2000, 6)]);
  expect(sent.find(({ name }) => name === "3")?.attributes).toEqual(
    new Map<string, unknown>([
      ["footprint.inference.phase", "decode"],
      ["footprint.inference.processed_tokens", 10n],
      ["footprint.energy.total", 7n],
    ]),
  );
});

it("corrects a corrected figure by what changed since", () => {
  const { pipeline, clock, accept, joulesOf } = start();
  accept({ id: "2", attributes: phase });
  for (const [minute, id] of [
    [1, "3"],
    [30, "4"],
  ] as const) {
    clock.nowMs = T0 + minute * MINUTE_MS;
    pipeline.tick(clock.nowMs);
    accept({ id, attributes: phase });
    pipeline.tick(clock.nowMs + MINUTE_MS);
    pipeline.tick(clock.nowMs + 2 * MINUTE_MS);
  }
  pipeline.finish(T0 + 40 * MINUTE_MS);
  // 4,000 J alone, 2,000 J of two, 1,333 J of three.
  const corrections = joulesOf("restatement").map(Number);
  expect(joulesOf("2")).toEqual([expect.closeTo(4000, 6)]);
  expect(corrections.reduce((sum, joules) => sum + joules, 0)).toBeCloseTo(
    4000 / 3 - 4000 + (4000 / 3 - 2000),
    6,
  );
});

it("corrects grams alone where a factor is revised", () => {
  let gramsPerKwh = 100;
  const intensity: IntensitySource = {
    name: "revised",
    factorAt: (zone, at) =>
      ({ id: `${gramsPerKwh}`, zone, gramsPerKwh, from: at }) as EmissionFactor,
  };
  const nodes = options.nodes.map((node) => ({ ...node, zone: "FR", pue: 1.5 }));
  const { pipeline, sent, accept } = start({ intensity, nodes });
  accept({ id: "2", parent: "1", attributes: phase });
  accept({ id: "1", service: "frontend" });
  pipeline.tick(T0 + MINUTE_MS);
  gramsPerKwh = 160;
  pipeline.tick(T0 + 2 * MINUTE_MS);
  const [correction, ...others] = sent.filter(({ name }) => name === "restatement");
  expect(others).toEqual([]);
  // 4,000 J, 1.5 times at the facility's door, 60 g/kWh more.
  const grams = (4000 * 1.5 * 60) / 3.6e6;
  expect(correction?.attributes.get("footprint.restatement.reason")).toBe("factor_revised");
  expect(correction?.attributes.get("footprint.carbon.operational")).toBeCloseTo(grams, 9);
  expect(correction?.attributes.get("footprint.request.carbon")).toBeCloseTo(grams, 9);
  pipeline.finish(T0 + 3 * MINUTE_MS);
  expect(sent.filter(({ name }) => name === "restatement")).toHaveLength(1);
});

it("corrects for the last time before data is forgotten, and takes nothing back after that", () => {
  const { pipeline, clock, sent, accept, joulesOf } = start();
  accept({ id: "2", attributes: phase });
  pipeline.tick(T0 + MINUTE_MS);
  pipeline.tick(T0 + 2 * MINUTE_MS);
  clock.nowMs = T0 + 69 * MINUTE_MS;
  accept({ id: "3", attributes: phase });
  pipeline.tick(clock.nowMs + 2000);
  expect(joulesOf("2")).toEqual([expect.closeTo(4000, 6)]);
  expect(joulesOf("3")).toEqual([expect.closeTo(2000, 6)]);
  pipeline.tick(T0 + 71 * MINUTE_MS);
  expect(joulesOf("restatement")).toEqual([expect.closeTo(-2000, 6)]);
  pipeline.tick(T0 + 80 * MINUTE_MS);
  pipeline.finish(T0 + 90 * MINUTE_MS);
  expect(sent).toHaveLength(3);
});

it("corrects litres with joules, at full detail only", () => {
  const water = { siteLitresPerKwh: 0.2, gridLitresPerKwh: 3 };
  const nodes = options.nodes.map((node) => ({ ...node, water, pue: 1.2 }));
  const litresAt = (detail: PipelineOptions["attributes"]): readonly unknown[] => {
    const { pipeline, sent, accept } = start({ nodes, attributes: detail });
    accept({ id: "2", attributes: phase });
    pipeline.tick(T0 + MINUTE_MS);
    accept({ id: "3", attributes: phase });
    pipeline.finish(T0 + 2 * MINUTE_MS);
    return sent.map(({ attributes }) => attributes.get("footprint.water.consumption"));
  };
  const perJoule = (0.2 + 1.2 * 3) / 3.6e6;
  const [first, ...rest] = litresAt("full").map(Number);
  expect(first).toBeCloseTo(4000 * perJoule, 12);
  expect([...rest].sort()).toEqual([
    expect.closeTo(-2000 * perJoule, 12),
    expect.closeTo(2000 * perJoule, 12),
  ]);
  expect(litresAt("standard")).toEqual([undefined, undefined, undefined]);
});

it("keeps a request's total where phases that came after it left only share its work", () => {
  const { pipeline, clock, sent, accept } = start();
  accept({ id: "2", parent: "1", attributes: phase });
  accept({ id: "1" });
  clock.nowMs = T0 + MINUTE_MS;
  pipeline.tick(clock.nowMs);
  accept({ id: "3", parent: "1", attributes: phase });
  pipeline.finish(T0 + 2 * MINUTE_MS);
  const totals = sent.flatMap(({ name, parent, attributes }) => {
    const joules = attributes.get("footprint.request.energy");
    return joules === undefined ? [] : [{ name, parent, joules }];
  });
  // The work is shared now, so the first phase changes; the total of both is what the first had alone.
  expect(totals).toEqual([{ name: "1", parent: "", joules: expect.closeTo(4000, 6) }]);
  expect(sent.filter(({ name }) => name === "restatement")).toHaveLength(1);
});

it("tells a request's total under its span where its phases came after it left", () => {
  const { pipeline, clock, sent, accept } = start();
  const request = { request_id: "r", model: "m", input_tokens: "5", output_tokens: "9" };
  const http = { id: "http-request", spanId: "1", service: "frontend", attributes: request };
  accept(http);
  clock.nowMs = T0 + MINUTE_MS;
  pipeline.tick(clock.nowMs);
  expect(sent).toHaveLength(1);
  accept({
    id: "handle_payload",
    spanId: "2",
    parent: "1",
    attributes: { request_id: "r", component: "backend", endpoint: "generate" },
  });
  pipeline.finish(T0 + 2 * MINUTE_MS);
  const corrections = sent.filter(({ name }) => name === "restatement");
  expect(corrections).toEqual([expect.objectContaining({ parent: "1".repeat(16) })]);
  expect(corrections[0]?.attributes.get("footprint.request.energy")).toBeCloseTo(4000, 6);
  expect(corrections[0]?.attributes.get("footprint.energy.total")).toBeUndefined();
});

it("corrects a trace that it looked at for the last time before another's work became known", () => {
  const { pipeline, clock, accept, joulesOf } = start();
  accept({ id: "2", attributes: phase });
  pipeline.tick(T0 + MINUTE_MS);
  pipeline.tick(T0 + 2 * MINUTE_MS);
  clock.nowMs = T0 + 60 * MINUTE_MS;
  accept({ trace: "b", id: "3", attributes: phase });
  pipeline.tick(T0 + 62 * MINUTE_MS);
  pipeline.tick(T0 + 64 * MINUTE_MS);
  expect(joulesOf("restatement")).toEqual([]);
  pipeline.tick(T0 + 72 * MINUTE_MS);
  expect(joulesOf("restatement")).toEqual([expect.closeTo(-2000, 6)]);
  pipeline.finish(T0 + 90 * MINUTE_MS);
  expect(joulesOf("restatement")).toHaveLength(1);
});

it("leaves a request's total as told where a phase with its sender's own figure came after it left", () => {
  const { pipeline, clock, sent, accept, joulesOf } = start();
  accept({ id: "2", parent: "1", attributes: phase });
  accept({ id: "1", service: "frontend" });
  clock.nowMs = T0 + MINUTE_MS;
  pipeline.tick(clock.nowMs);
  accept({ id: "3", parent: "1", attributes: { ...phase, "footprint.energy.total": 7 } });
  pipeline.finish(T0 + 2 * MINUTE_MS);
  expect(joulesOf("restatement")).toEqual([expect.closeTo(-2000, 6)]);
  const totals = sent.flatMap(({ name, attributes }) => {
    const joules = attributes.get("footprint.request.energy");
    return joules === undefined ? [] : [{ name, joules }];
  });
  expect(totals).toEqual([{ name: "1", joules: expect.closeTo(4000, 6) }]);
});

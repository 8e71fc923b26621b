import { instantOf, type MeterReading } from "@wattspan/footprint";
import { attributesOf, createTraceScanner, nameOf, parentSpanIdOf, spanIdOf } from "@wattspan/otlp";
import { expect, it } from "vitest";
import { oneDevice, T0 } from "./pipeline.test.fixture.ts";
import { createPipeline, type Pipeline } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";

const options: PipelineOptions = {
  ...oneDevice,
  nodes: oneDevice.nodes.map((node) => ({
    ...node,
    devices: node.devices.map((device) => ({ ...device, maxTokensPerSecond: 1e6 })),
  })),
};

interface Sent {
  readonly name: string;
  readonly spanId: string;
  readonly parent: string;
  readonly attributes: ReadonlyMap<string, unknown>;
}

function start(isRoomLeft: () => boolean = () => true) {
  const sent: Sent[] = [];
  const clock = { nowMs: T0 };
  const scanner = createTraceScanner({ names: [], keys: [] });
  const pipeline = createPipeline(
    options,
    (signal, encoding, body) => {
      if (!isRoomLeft()) return false;
      if (signal !== "traces") return true;
      const table = scanner.scan(body, encoding);
      for (let i = 0; i < table.count; i++) {
        sent.push({
          name: nameOf(table, i),
          spanId: spanIdOf(table, i),
          parent: parentSpanIdOf(table, i),
          attributes: attributesOf(table, i),
        });
      }
      return true;
    },
    () => clock.nowMs,
  );
  return { pipeline, sent, clock };
}

/** A phase span of `trace` over `[fromMs, toMs)` after T0, with its request as parent. */
function accept(pipeline: Pipeline, trace: string, tokens: number, fromMs: number, toMs: number) {
  const nanos = (ms: number): string => String(BigInt(T0 + ms) * 1_000_000n);
  const span = (spanId: string, parentSpanId: string, attributes: object[]) => ({
    traceId: trace.repeat(32),
    spanId: spanId.repeat(16),
    parentSpanId,
    name: parentSpanId === "" ? "chat" : "decode",
    kind: 1,
    startTimeUnixNano: nanos(fromMs),
    endTimeUnixNano: nanos(toMs),
    attributes,
  });
  const request = {
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "worker" } }] },
        scopeSpans: [
          {
            spans: [
              span("1", "", [{ key: "tenant.id", value: { stringValue: "acme" } }]),
              span("2", "1".repeat(16), [
                { key: "footprint.inference.phase", value: { stringValue: "decode" } },
                {
                  key: "footprint.inference.processed_tokens",
                  value: { intValue: String(tokens) },
                },
              ]),
            ],
          },
        ],
      },
    ],
  };
  return pipeline.accept("traces", "json", new TextEncoder().encode(JSON.stringify(request)));
}

/** A counter at 500 W, a reading a second. */
function meter(fromSecond: number, toSecond: number): MeterReading[] {
  return Array.from({ length: toSecond - fromSecond + 1 }, (_, i) => ({
    device: "node-a/GPU-1",
    kind: "counter" as const,
    value: 1000 + (fromSecond + i) * 500,
    at: instantOf(BigInt(T0 + (fromSecond + i) * 1000) * 1_000_000n),
  }));
}

it("holds a trace until its window is final, then sends it once, with its figures", () => {
  const { pipeline, sent, clock } = start();
  pipeline.addReadings(meter(0, 12));
  clock.nowMs = T0 + 10_000;
  accept(pipeline, "a", 10, 0, 10_000);
  // With little history the wait is twice the longest phase, plus the export delay: 21 s, capped at the hold of 20 s.
  for (let ms = 10_000; ms < 30_000; ms += 500) pipeline.tick(T0 + ms);
  expect(sent).toEqual([]);
  pipeline.tick(T0 + 30_000);
  pipeline.tick(T0 + 31_000);
  expect(sent.map(({ name }) => name).sort()).toEqual(["chat", "decode"]);
  const phase = sent.find(({ name }) => name === "decode");
  // 10 s at 500 W, 100 W of it idle: 4,000 J at the meter, 8,000 J after PUE.
  expect(phase?.attributes.get("footprint.energy.accelerator")).toBeCloseTo(4000, 6);
  expect(phase?.attributes.get("footprint.energy.total")).toBeCloseTo(8000, 6);
  expect(phase?.attributes.get("tenant")).toBe("acme");
  expect(phase?.attributes.get("footprint.attribution.reason")).toBe("no_zone");
  const root = sent.find(({ name }) => name === "chat");
  expect(root?.attributes.get("footprint.request.energy")).toBeCloseTo(8000, 6);
});

it("restates a figure that a late phase changed, once, as a signed difference", () => {
  const { pipeline, sent, clock } = start();
  pipeline.addReadings(meter(0, 12));
  accept(pipeline, "a", 10, 0, 10_000);
  pipeline.tick(T0 + 31_000);
  expect(sent).toHaveLength(2);
  clock.nowMs = T0 + 32_000;
  accept(pipeline, "b", 30, 0, 10_000);
  pipeline.finish(T0 + 60_000);
  const corrections = sent.filter(({ name }) => name === "restatement");
  expect(corrections).toHaveLength(1);
  expect(corrections[0]?.parent).toBe("2".repeat(16));
  // The late phase did three quarters of the work: of 4,000 J three thousand were not this one's.
  expect(corrections[0]?.attributes.get("footprint.energy.accelerator")).toBeCloseTo(-3000, 6);
  expect(corrections[0]?.attributes.get("footprint.energy.total")).toBeCloseTo(-6000, 6);
  expect(pipeline.summary().restatements).toMatchObject([
    { revision: 1, energyJoules: expect.closeTo(-3000, 6) },
  ]);
  expect(new Set(sent.map(({ spanId, parent }) => `${spanId} ${parent}`)).size).toBe(3);
});

it("does not charge more tokens than a device can compute", () => {
  const { pipeline } = start();
  pipeline.addReadings(meter(0, 12));
  accept(pipeline, "a", 1e9, 0, 10_000);
  pipeline.finish(T0 + 60_000);
  const [request] = pipeline.summary().requests;
  expect(request?.phases[0]).toMatchObject({ status: "missing", reason: "implausible_rate" });
  expect(pipeline.summary().totals.attributedJoules).toBe(0);
});

it("refuses while the backend has no room, and loses nothing", () => {
  let isRoomLeft = false;
  const { pipeline, sent } = start(() => isRoomLeft);
  const log = new TextEncoder().encode("{}");
  expect(pipeline.accept("logs", "json", log).status).toBe("accepted");
  expect(pipeline.accept("logs", "json", log)).toMatchObject({ status: "refused", reason: "busy" });
  expect(accept(pipeline, "a", 1, 0, 1000)).toMatchObject({ status: "refused" });
  isRoomLeft = true;
  expect(accept(pipeline, "a", 1, 0, 1000)).toMatchObject({ status: "accepted" });
  pipeline.finish(T0 + 60_000);
  expect(sent).toHaveLength(2);
});

it("answers malformed bytes with their offset, and takes the next request", () => {
  const { pipeline } = start();
  const verdict = pipeline.accept("traces", "protobuf", Uint8Array.of(10, 200));
  expect(verdict).toMatchObject({ status: "refused", reason: "malformed" });
  expect(accept(pipeline, "a", 1, 0, 1000).status).toBe("accepted");
});

import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { instantOf, type MeterSink, type PowerMeter } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { FootprintSpanProcessor } from "./footprint-span-processor.ts";

const BASE_MS = Date.UTC(2026, 10, 24, 10);

it("tells where a device's energy went: requests that overlap share what the meter saw", async () => {
  let sink: MeterSink | undefined;
  const meter: PowerMeter = {
    name: "played",
    start: (given) => {
      sink = given;
    },
    flush: async () => {},
    shutdown: async () => {},
  };
  const exporter = new InMemorySpanExporter();
  const processor = new FootprintSpanProcessor({
    next: new SimpleSpanProcessor({ exporter }),
    meter,
    node: "here",
    devices: [{ id: "GPU-0", idleWatts: 100, maxWatts: 500 }],
    now: () => BASE_MS + 5000,
    log: () => {},
  });
  const provider = new TracerProvider({ spanProcessors: [processor] });
  const tracer = provider.getTracer("worker");
  expect(processor.balances()).toMatchObject([{ device: "GPU-0", meteredJoules: 0 }]);
  for (let second = 0; second <= 4; second++) {
    const at = instantOf(BigInt(BASE_MS + second * 1000) * 1_000_000n);
    sink?.onReadings([{ id: "GPU-0", kind: "counter", value: 1000 + 400 * second, at }]);
  }
  for (let request = 0; request < 3; request++) {
    const attributes = {
      "footprint.inference.phase": "decode",
      "footprint.inference.processed_tokens": 10,
    };
    tracer
      .startSpan("decode", { startTime: BASE_MS + 1000, attributes })
      .end(new Date(BASE_MS + 3000));
  }
  await provider.forceFlush();

  const joules = exporter
    .getFinishedSpans()
    .map(({ attributes }) => Number(attributes["footprint.energy.total"]));
  expect(joules).toHaveLength(3);
  expect(processor.balances()).toEqual([
    {
      node: "here",
      device: "GPU-0",
      meteredJoules: 1600,
      attributedJoules: expect.closeTo(
        joules.reduce((sum, each) => sum + each, 0),
        9,
      ),
      idleOpenJoules: 200,
      idleEmptyJoules: 200,
      unattributed: { unseen_load: expect.closeTo(600, 9) },
      coverage: 1,
      isModelled: false,
    },
  ]);
  await provider.shutdown();
});

import { addNs, type DeviceReading, elapsedNs, type Instant } from "@wattspan/footprint";
import { afterEach, describe, expect, it } from "vitest";
import { dcgm } from "./dcgm.ts";
import type { PlacedReading } from "./meter-table.ts";
import { createExporterMeter } from "./page-meter.ts";
import { createRecordedSink } from "./recorded-sink.test.fixture.ts";
import { type Answer, serveText, type TextServer } from "./serve-text.test.fixture.ts";

const page = (millijoules: number): string =>
  `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{UUID="GPU-a",modelName="H100",hostname="node-a"} ${millijoules}\n`;

let server: TextServer | undefined;
afterEach(() => server?.close());

/** Answers one after the other; the last again and again. */
async function serve(...answers: readonly Answer[]): Promise<string> {
  let next = 0;
  server = await serveText(() => answers[Math.min(next++, answers.length - 1)]);
  return `${server.url}/metrics`;
}

describe("createExporterMeter", () => {
  it("gives changes as readings with the range of their time", async () => {
    const endpoint = await serve(page(1000), page(1000), page(5000));
    const start = { epoch: 29_000_000, ns: 0 };
    let seconds = 40;
    const now = (): Instant => addNs(start, seconds * 1e9);
    const meter = createExporterMeter(dcgm, { endpoint, intervalMs: 3_600_000, now });
    const sink = createRecordedSink();
    meter.start(sink);
    await meter.flush();
    for (seconds of [50, 60]) await meter.flush();
    await meter.shutdown();
    const readings = sink.readings as readonly (DeviceReading & Partial<PlacedReading>)[];
    const ranges = readings.map(({ value, at, earliest }) => [
      value,
      elapsedNs(start, at) / 1e9,
      elapsedNs(earliest as Instant, at) / 1e9,
    ]);
    expect(ranges).toEqual([
      [1, 40, 30],
      [5, 60, 10],
    ]);
    expect(sink.devices).toEqual([{ id: "GPU-a", model: "H100" }]);
    expect(sink.states).toEqual(["found"]);
  });

  it("tells of a loss and of its end, and asks again", async () => {
    const endpoint = await serve(503, "<html>", page(1000));
    const meter = createExporterMeter(dcgm, { endpoint, intervalMs: 20 });
    const sink = createRecordedSink();
    meter.start(sink);
    await sink.until(() => sink.readings.length > 0);
    await meter.shutdown();
    expect(sink.states).toEqual([
      `lost: ${endpoint}: it answers 503`,
      `lost: ${endpoint}: no power or energy of a device, 1 malformed`,
      "found",
    ]);
  });

  it("says why there is no answer", async () => {
    const silent = await serve(undefined);
    const sink = createRecordedSink();
    const meter = createExporterMeter(dcgm, { endpoint: silent, timeoutMs: 30 });
    meter.start(sink);
    await meter.flush();
    await meter.shutdown();
    await server?.close();
    const refused = createExporterMeter(dcgm, { endpoint: silent });
    refused.start(sink);
    await refused.flush();
    await refused.shutdown();
    expect(sink.states[0]).toBe(`lost: ${silent}: no answer within 30 ms`);
    expect(sink.states[1]).toMatch(/ECONNREFUSED/);
    expect(sink.readings).toEqual([]);
  });

  it("is quiet without start, and after shutdown, twice", async () => {
    const endpoint = await serve(page(1));
    const idle = createExporterMeter(dcgm, { endpoint });
    await idle.flush();
    await idle.shutdown();
    const meter = createExporterMeter(dcgm, { endpoint });
    const sink = createRecordedSink();
    meter.start(sink);
    await Promise.all([meter.shutdown(), meter.shutdown()]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sink.readings).toEqual([]);
    expect(server?.targets.length).toBeLessThanOrEqual(1);
  });
});

import { describe, expect, it } from "vitest";
import { createMeterSource, meterSourceTypes } from "./meter-source.ts";
import { createRecordedSink } from "./recorded-sink.test.fixture.ts";

const types = meterSourceTypes.map(({ type }) => type);

/** A port of this machine where nothing listens. */
const endpoint = "http://127.0.0.1:1/metrics";

describe("createMeterSource", () => {
  it.each(types)("%s is quiet without start, and shuts down twice", async (type) => {
    const { meter } = createMeterSource({ type, endpoint, device: "GPU-a" });
    await meter.flush();
    await Promise.all([meter.shutdown(), meter.shutdown()]);
  });

  it.each(meterSourceTypes.filter(({ isRemote }) => isRemote).map(({ type }) => type))(
    "%s says why it gives nothing, and shuts down with work in flight",
    async (type) => {
      const { meter } = createMeterSource({ type, endpoint, device: "GPU-a" });
      const sink = createRecordedSink();
      meter.start(sink);
      await meter.flush();
      expect(sink.states).toEqual([
        expect.stringMatching(/^lost: http:\/\/127.0.0.1:1\/metrics: ./),
      ]);
      const flushed = meter.flush();
      await meter.shutdown();
      await flushed;
      expect(sink.states).toHaveLength(1);
      expect(sink.readings).toEqual([]);
    },
  );

  it("takes the place where an exporter listens by default", () => {
    expect(createMeterSource({ type: "dcgm" }).name).toBe("dcgm http://127.0.0.1:9400/metrics");
    expect(createMeterSource({ type: "dcgm", name: "mine" }).name).toBe("mine");
  });

  it("is coarser behind a server than at the exporter", () => {
    const server = createMeterSource({ type: "prometheus", intervalMs: 15_000 });
    expect(server.maxAgeMsOf("dcgm")).toBe(45_000);
    expect(createMeterSource({ type: "dcgm" }).maxAgeMsOf("dcgm")).toBe(30_000);
    expect(createMeterSource({ type: "dcgm", maxAgeMs: 1000 }).maxAgeMsOf("dcgm")).toBe(1000);
  });

  it("knows no other types", () => {
    expect(() => createMeterSource({ type: "dcgmm" })).toThrow(RangeError);
  });
});

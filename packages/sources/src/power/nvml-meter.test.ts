import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type DeviceReading, elapsedNs } from "@wattspan/footprint";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { autoMeter } from "./auto-meter.ts";
import { buildFakeNvml } from "./fake-nvml.test.fixture.ts";
import { createNvmlMeter } from "./nvml-meter.ts";
import { createRecordedSink } from "./recorded-sink.test.fixture.ts";

const built = buildFakeNvml();
const library = "library" in built ? built.library : "";
const control = join(dirname(library), "control");
const title = "library" in built ? "createNvmlMeter" : `createNvmlMeter (skipped: ${built.reason})`;

function say(...lines: readonly string[]): void {
  writeFileSync(control, `${lines.join("\n")}\n`);
}

describe.skipIf(!("library" in built))(title, () => {
  beforeEach(() => {
    say();
    process.env["FAKE_NVML_CONTROL"] = control;
  });
  afterEach(() => {
    delete process.env["FAKE_NVML_CONTROL"];
  });

  it("reads the counter in joules, and power where a device has none", async () => {
    const meter = createNvmlMeter({ library, everyMs: 10 });
    const sink = createRecordedSink();
    meter.start(sink);
    await sink.until(() => sink.readings.length >= 5);
    await meter.shutdown();
    await meter.shutdown();
    expect(sink.devices).toEqual([
      { id: "GPU-00000000-0000", model: "NVIDIA H100 80GB HBM3", maxWatts: 700 },
      { id: "GPU-10000000-0000", model: "Tesla T4", maxWatts: 70 },
    ]);
    const counter = sink.readings.filter(({ id }) => id === "GPU-00000000-0000");
    expect(counter[0]).toMatchObject({ kind: "counter", value: 126_272_136.025 });
    expect((counter[1]?.value ?? 0) - (counter[0]?.value ?? 0)).toBeCloseTo(35, 6);
    const power = sink.readings.filter(({ id }) => id === "GPU-10000000-0000");
    expect(power[0]).toMatchObject({ kind: "power", value: 27.3 });
    // The counter moved after the last look, a T4's power reaches back 200 ms.
    const rangeMs = (reading: DeviceReading | undefined): number =>
      reading?.earliest === undefined ? 0 : elapsedNs(reading.earliest, reading.at) / 1e6;
    expect(rangeMs(counter[0])).toBe(100);
    expect(rangeMs(counter[1])).toBeGreaterThan(5);
    expect(rangeMs(counter[1])).toBeLessThanOrEqual(100);
    expect(rangeMs(power[0])).toBe(200);
    expect(sink.uses.map(({ othersShare }) => othersShare)).toEqual([0, 0]);
  });

  it.each([
    ["tells the others' share of busy time", ["utilization=1"], 0.25],
    ["tells that others are there where busy time is not told", [], undefined],
  ])("%s", async (_, lines, othersShare) => {
    say(`own=${process.pid}`, "other=999999", ...lines);
    const meter = createNvmlMeter({ library, everyMs: 10 });
    const sink = createRecordedSink();
    meter.start(sink);
    await sink.until(() => sink.uses.length > 0);
    await meter.shutdown();
    expect(sink.uses[0]).toMatchObject({ id: "GPU-00000000-0000" });
    expect(sink.uses[0]?.othersShare).toBe(othersShare);
    expect(sink.uses[1]?.othersShare).toBe(0);
  });

  it("is lost once when the driver goes, without an exception", async () => {
    const meter = createNvmlMeter({ library, everyMs: 10 });
    const sink = createRecordedSink();
    meter.start(sink);
    await sink.until(() => sink.readings.length > 0);
    say("dead=1");
    await sink.until(() => sink.states.length > 1);
    await meter.flush();
    await meter.shutdown();
    expect(sink.states).toEqual(["found", "lost: no device answers"]);
  });

  it("is the first choice where it lists a device", () => {
    const { meter, why } = autoMeter({ nvmlLibrary: library });
    expect([meter?.name, why]).toEqual(["nvml", "nvml: energy counter in this process"]);
  });
});

describe("autoMeter without NVML", () => {
  const none = {
    nvmlLibrary: join(dirname(control), "absent.so"),
    path: "",
    raplFolder: "/absent",
  };

  it("takes a model where one is configured, and says what it passed over", () => {
    const { meter, why } = autoMeter({ ...none, devices: [{ id: "G", model: "L4" }] });
    expect(meter?.name).toBe("model");
    expect(why).toMatch(/^not nvml: .+; not nvidia-smi: .+; not rapl: .+; model: estimates/);
  });

  it("gives no meter rather than a made-up one", () => {
    const { meter, why } = autoMeter({ ...none, devices: [{ id: "G", model: "abacus" }] });
    expect(meter).toBeUndefined();
    expect(why).toContain("not model: no device with a known model");
  });

  it("says so where the library is missing", () => {
    const sink = createRecordedSink();
    const meter = createNvmlMeter({ library: none.nvmlLibrary });
    meter.start(sink);
    void meter.shutdown();
    expect(sink.states[0]).toContain("absent.so");
  });
});

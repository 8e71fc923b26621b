import { addNs, elapsedNs, instantOf } from "@wattspan/footprint";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAiperfTelemetry } from "./aiperf-telemetry.ts";

const T0 = 1_795_505_700_250_000_123n;
const options = { nodeOf: (host: string | undefined) => host };

const line = (second: number, data: object, more: object = {}): string => {
  const record = {
    gpu_index: 0,
    gpu_uuid: "GPU-a",
    gpu_model_name: "NVIDIA H100 80GB HBM3",
    hostname: "node-a",
    platform: "nvidia",
    timestamp_ns: 0,
    telemetry_source_url: "pynvml://localhost",
    telemetry_data: data,
    ...more,
  };
  const nanos = T0 + BigInt(Math.round(second * 1e9));
  return JSON.stringify(record).replace('"timestamp_ns":0', `"timestamp_ns":${nanos}`);
};
const read = (...lines: readonly string[]) => parseAiperfTelemetry(lines.join("\n"), options);

describe("parseAiperfTelemetry", () => {
  it("reads joules of megajoules and watts, by the names of 0.13 and before, to the nanosecond", () => {
    const { readings, problems } = read(
      line(0, { nvidia_energy_consumption: 0.229901671, nvidia_power_usage: 378.343 }),
      line(5, { energy_consumption: 0.234998456, gpu_power_usage: 386, gpu_utilization: 99 }),
      line(9, { amd_energy_consumption: 0.5, amd_power: 700 }, { gpu_uuid: "amd-0" }),
    );
    expect(problems).toEqual([]);
    const at = instantOf(T0);
    expect(readings.map(({ device, kind, value }) => [device, kind, value])).toEqual([
      ["node-a/GPU-a", "counter", expect.closeTo(229_901.671, 6)],
      ["node-a/GPU-a", "power", 378.343],
      ["node-a/GPU-a", "counter", expect.closeTo(234_998.456, 6)],
      ["node-a/GPU-a", "power", 386],
      ["node-a/amd-0", "counter", 500_000],
      ["node-a/amd-0", "power", 700],
    ]);
    expect(readings[0]).toMatchObject({ at });
    expect(readings[0]).not.toHaveProperty("earliest");
    expect(readings[1]).toMatchObject({ earliest: addNs(at, -1100e6) });
  });

  it("takes an exporter's values as old as its cache lets them be, and repeats of its counter as none", () => {
    const from = { telemetry_source_url: "http://node-a:9400/metrics" };
    const energies = [1, 1, 1, 1.01].map((nvidia_energy_consumption, i) =>
      line(i / 3, { nvidia_energy_consumption }, from),
    );
    const { readings } = read(...energies);
    const ranges = readings.map(({ at, earliest = at, value }) => [
      value,
      elapsedNs(earliest, at) / 1e9,
    ]);
    expect(ranges).toEqual([
      [1e6, 30],
      [1.01e6, expect.closeTo(1 / 3, 6)],
    ]);
  });

  it("says of every line why it gives no reading", () => {
    const { readings, problems } = parseAiperfTelemetry(
      [
        "not json",
        "",
        "[]",
        line(0, { nvidia_power_usage: 0 }),
        line(0, { nvidia_power_usage: 140_737_488_355_330 }),
        line(0, { nvidia_energy_consumption: 9_223_372_036.854_776 }),
        line(0, { gpu_utilization: 99 }),
        line(0, { nvidia_power_usage: 70 }, { gpu_uuid: null }),
        line(0, { nvidia_power_usage: 70 }, { hostname: "elsewhere" }),
        line(0, { nvidia_power_usage: 70 }).replace("timestamp_ns", "time"),
      ].join("\n"),
      { nodeOf: (host) => (host === "node-a" ? host : undefined) },
    );
    expect(readings).toEqual([]);
    expect(problems.map((one) => [one.line, one.message])).toEqual([
      [1, "no JSON object"],
      [3, "no JSON object"],
      [4, "neither energy nor power of a GPU"],
      [5, "neither energy nor power of a GPU"],
      [6, "neither energy nor power of a GPU"],
      [7, "neither energy nor power of a GPU"],
      [8, "no gpu_uuid"],
      [9, "GPU-a of host elsewhere is on no configured node"],
      [10, "no timestamp_ns"],
    ]);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseAiperfTelemetry(text, options).readings).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

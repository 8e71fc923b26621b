import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addNs, type Instant } from "@wattspan/footprint";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseAmdSmiList, parseAmdSmiMetric } from "./amd-smi-json.ts";
import { createAmdSmiMeter } from "./amd-smi-meter.ts";
import { createRecordedSink } from "./recorded-sink.test.fixture.ts";

const metric = (gpu: number, joules: unknown, watts: unknown): object => ({
  gpu,
  power: { socket_power: watts, gfx_voltage: "N/A" },
  energy: { total_energy_consumption: joules },
});

describe("amd-smi's JSON", () => {
  it("is a list, or a list under gpu_data, of numbers with and without units", () => {
    const list = [
      metric(0, { value: 1004.5, unit: "J" }, { value: 748, unit: "W" }),
      metric(1, 77, 99),
    ];
    const expected = [
      { gpu: 0, joules: 1004.5, watts: 748 },
      { gpu: 1, joules: 77, watts: 99 },
    ];
    expect(parseAmdSmiMetric(JSON.stringify(list))).toEqual(expected);
    expect(parseAmdSmiMetric(JSON.stringify({ gpu_data: list }))).toEqual(expected);
  });

  it("has no value where it says N/A, 0 W, or a unit that is not known", () => {
    const list = [
      metric(0, "N/A", "N/A"),
      metric(1, { value: "N/A", unit: "J" }, { value: 0, unit: "W" }),
      metric(2, { value: 5, unit: "BTU" }, { value: 5, unit: "mW" }),
    ];
    expect(parseAmdSmiMetric(JSON.stringify(list))).toEqual([{ gpu: 0 }, { gpu: 1 }, { gpu: 2 }]);
  });

  it("names devices by UUID, else by bus address", () => {
    const list = [
      { gpu: 0, bdf: "0000:05:00.0", uuid: "acff-1" },
      { gpu: 1, bdf: "0000:06:00.0" },
    ];
    expect([...parseAmdSmiList(JSON.stringify(list))]).toEqual([
      [0, "acff-1"],
      [1, "0000:06:00.0"],
    ]);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        parseAmdSmiMetric(text);
        parseAmdSmiMetric(
          `[{"gpu":0,"power":${text},"energy":{"total_energy_consumption":${text}}}]`,
        );
        expect(parseAmdSmiList(text).size).toBe(0);
      }),
    );
  });
});

describe.skipIf(process.platform === "win32")("createAmdSmiMeter", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattspan-amd-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Runs the meter once a second of its clock over what a command says; device 1 is a die without values. */
  async function readAll(
    energies: readonly unknown[],
    watts: unknown,
  ): Promise<readonly unknown[]> {
    const command = join(folder, "amd-smi");
    writeFileSync(
      command,
      `#!${process.execPath}
const fs = require("node:fs");
if (process.argv[2] === "list") {
  console.log(JSON.stringify([{ gpu: 0, uuid: "amd-0" }, { gpu: 1, uuid: "amd-1" }]));
} else {
  const log = ${JSON.stringify(join(folder, "runs"))};
  fs.appendFileSync(log, "x");
  const run = fs.readFileSync(log, "utf8").length - 1;
  const energy = ${JSON.stringify(energies)}[run];
  const device = (gpu, watts, joules) =>
    ({ gpu, power: { socket_power: watts }, energy: { total_energy_consumption: joules } });
  console.log(JSON.stringify([device(0, ${JSON.stringify(watts)}, energy), device(1, "N/A", "N/A")]));
}
`,
    );
    chmodSync(command, 0o755);
    let seconds = -1;
    const now = (): Instant => addNs({ epoch: 29_000_000, ns: 0 }, Math.floor(++seconds / 2) * 1e9);
    const meter = createAmdSmiMeter({ command, intervalMs: 3_600_000, now });
    const sink = createRecordedSink();
    meter.start(sink);
    for (const _ of energies) await meter.flush();
    await meter.shutdown();
    expect(sink.states).toEqual(["found"]);
    return sink.readings.map(({ id, kind, value }) => [id, kind, value]);
  }

  it("believes a counter that agrees with power", async () => {
    expect(await readAll([1000, 1480, 1980, 2500], { value: 500, unit: "W" })).toEqual([
      ["amd-0", "counter", 1980],
      ["amd-0", "counter", 2500],
    ]);
  });

  it("reads power where the counter says something else", async () => {
    expect(await readAll([1000, 1010, 1020, 1030], { value: 500, unit: "W" })).toEqual([
      ["amd-0", "power", 500],
      ["amd-0", "power", 500],
    ]);
  });

  it("is lost where there is no such command", async () => {
    const meter = createAmdSmiMeter({ command: join(folder, "none") });
    const sink = createRecordedSink();
    meter.start(sink);
    await meter.flush();
    await meter.shutdown();
    expect(sink.states).toHaveLength(1);
    expect(sink.states[0]).toMatch(/^lost: .*ENOENT/);
  });
});

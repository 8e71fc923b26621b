import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createRaplMeter, raplPackages } from "./rapl-meter.ts";
import { createRecordedSink } from "./recorded-sink.test.fixture.ts";

const RANGE = 262_143_328_850;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wattspan-rapl-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function writeZone(zone: string, name: string, microjoules: number): void {
  const path = join(folder, zone);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "name"), `${name}\n`);
  writeFileSync(join(path, "max_energy_range_uj"), `${RANGE}\n`);
  writeFileSync(join(path, "energy_uj"), `${microjoules}\n`);
}

it("adds memory to its package, leaves out what overlaps, and counts through a wrap", async () => {
  writeZone("intel-rapl:0", "package-0", RANGE - 5_000_000);
  writeZone("intel-rapl:0:0", "core", 1);
  writeZone("intel-rapl:0:1", "dram", 100);
  writeZone("intel-rapl:1", "psys", 7);
  expect(raplPackages(folder)).toEqual(["package-0"]);
  const meter = createRaplMeter({ folder, everyMs: 60_000 });
  const sink = createRecordedSink();
  meter.start(sink);
  writeZone("intel-rapl:0", "package-0", 3_000_000);
  writeZone("intel-rapl:0:0", "core", 9_000_000);
  writeZone("intel-rapl:0:1", "dram", 2_000_100);
  await meter.flush();
  expect(sink.devices).toEqual([{ id: "package-0" }]);
  expect(sink.readings.map(({ id, kind, value }) => [id, kind, value])).toEqual([
    ["package-0", "counter", 0],
    ["package-0", "counter", 10],
  ]);
  rmSync(join(folder, "intel-rapl:0", "energy_uj"));
  await meter.flush();
  await meter.shutdown();
  expect(sink.readings).toHaveLength(2);
  expect(sink.states).toHaveLength(2);
  expect(sink.states[1]).toContain("lost: ENOENT");
});

it("says so where nothing can be read", () => {
  const sink = createRecordedSink();
  createRaplMeter({ folder: join(folder, "none") }).start(sink);
  expect(sink.states).toEqual([`lost: no readable energy_uj under ${join(folder, "none")}`]);
});

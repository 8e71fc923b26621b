import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { elapsedNs } from "@wattspan/footprint";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createNvidiaSmiMeter } from "./nvidia-smi-meter.ts";
import { createRecordedSink } from "./recorded-sink.test.fixture.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wattspan-smi-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** An executable that answers as the driver's command does; `body` sees `fields`, `stamp()` and `runs`. */
function writeCommand(body: string): string {
  const command = join(folder, "nvidia-smi");
  writeFileSync(
    command,
    `#!${process.execPath}
const fs = require("node:fs");
const log = ${JSON.stringify(join(folder, "runs"))};
fs.appendFileSync(log, process.argv.slice(2).join(" ") + " TZ=" + process.env.TZ + "\\n");
const runs = fs.readFileSync(log, "utf8").trim().split("\\n").length;
const fields = process.argv[2].slice("--query-gpu=".length).split(",");
const stamp = () => new Date().toISOString().replace(/-/g, "/").replace("T", " ").replace("Z", "");
${body}
`,
  );
  chmodSync(command, 0o755);
  return command;
}

const H100 = "NVIDIA H100 80GB HBM3, 700.00, 625.68, 631.95";
const runsOf = (): string[] => readFileSync(join(folder, "runs"), "utf8").trim().split("\n");

describe.skipIf(process.platform === "win32")("createNvidiaSmiMeter", () => {
  it("reads the instant power of every device from one child, in its own times", async () => {
    const command = writeCommand(`setInterval(() => {
  console.log(stamp() + ", GPU-a, ${H100}");
  console.log(stamp() + ", GPU-b, ${H100.replace("625.68", "[N/A]")}");
}, 20);`);
    const meter = createNvidiaSmiMeter({ command, everyMs: 20 });
    const sink = createRecordedSink();
    const began = Date.now();
    meter.start(sink);
    await sink.until(() => sink.readings.filter(({ id }) => id === "GPU-b").length >= 2);
    await meter.flush();
    await meter.shutdown();
    // An instant in each row, of means over a second one a second.
    expect(sink.readings.filter(({ id }) => id === "GPU-a").length).toBeGreaterThan(6);
    expect(sink.readings.filter(({ id }) => id === "GPU-b").length).toBeLessThan(4);
    const watts = new Map(sink.readings.map(({ id, value }) => [id, value]));
    expect(watts).toEqual(
      new Map([
        ["GPU-a", 625.68],
        ["GPU-b", 631.95],
      ]),
    );
    expect(sink.devices).toEqual([
      { id: "GPU-a", model: "NVIDIA H100 80GB HBM3", maxWatts: 700 },
      { id: "GPU-b", model: "NVIDIA H100 80GB HBM3", maxWatts: 700 },
    ]);
    for (const { at, kind, id, earliest = at } of sink.readings) {
      expect(kind).toBe("power");
      expect([id, elapsedNs(earliest, at) / 1e6]).toEqual([id, id === "GPU-a" ? 200 : 1100]);
      expect(at.epoch * 60_000 + at.ns / 1e6).toBeGreaterThanOrEqual(began - 1);
    }
    expect(runsOf()).toEqual([
      "--query-gpu=timestamp,uuid,name,enforced.power.limit,power.draw.instant,power.draw " +
        "--format=csv,noheader,nounits --loop-ms=20 TZ=UTC",
    ]);
  });

  it("starts the child again when it ends, and says both once", async () => {
    const command =
      writeCommand(`if (runs < 3) { console.log("NVIDIA-SMI has failed"); process.exit(9); }
setInterval(() => console.log(stamp() + ", GPU-a, ${H100}"), 20);`);
    const meter = createNvidiaSmiMeter({ command, restartMs: 20 });
    const sink = createRecordedSink();
    meter.start(sink);
    await sink.until(() => sink.readings.length > 0);
    await meter.shutdown();
    expect(sink.states).toEqual(["lost: NVIDIA-SMI has failed", "found"]);
    expect(runsOf()).toHaveLength(3);
  });

  it("asks an old driver for the fields that it has", async () => {
    const command = writeCommand(`if (fields.includes("power.draw.instant")) {
  console.log('Field "power.draw.instant" is not a valid field to query.');
  process.exit(2);
}
setInterval(() => console.log(stamp() + ", GPU-a, Tesla T4, 70.00, 27.30"), 20);`);
    const meter = createNvidiaSmiMeter({ command });
    const sink = createRecordedSink();
    meter.start(sink);
    await sink.until(() => sink.readings.length > 0);
    await meter.shutdown();
    expect(sink.readings[0]?.value).toBe(27.3);
    expect(sink.states).toEqual(["found"]);
  });

  it("takes the time of arrival where the driver's time is another zone's", async () => {
    const command = writeCommand(
      `setInterval(() => console.log("2020/01/01 00:00:00.000, GPU-a, ${H100}"), 20);`,
    );
    const meter = createNvidiaSmiMeter({ command });
    const sink = createRecordedSink();
    const began = Math.floor(Date.now() / 60_000);
    meter.start(sink);
    await sink.until(() => sink.readings.length > 0);
    await meter.shutdown();
    expect(sink.readings[0]?.at.epoch).toBeGreaterThanOrEqual(began);
  });

  it("gives no reading and no exception where there is no command", async () => {
    const meter = createNvidiaSmiMeter({ command: join(folder, "absent"), restartMs: 10_000 });
    const sink = createRecordedSink();
    meter.start(sink);
    await sink.until(() => sink.states.length > 0);
    await meter.flush();
    await meter.shutdown();
    await meter.shutdown();
    expect(sink.readings).toEqual([]);
    expect(sink.states[0]).toContain("ENOENT");
  });
});

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { addNs, elapsedNs, instantOf, type MeterReading, unixNanoOf } from "@wattspan/footprint";
import { describe, expect, it } from "vitest";
import { type NvidiaSmiCsvOptions, parseNvidiaSmiCsv } from "./nvidia-smi-csv.ts";

const options: NvidiaSmiCsvOptions = { node: "node-a", utcOffsetMinutes: 0 };

function parse(lines: readonly string[], given: NvidiaSmiCsvOptions = options) {
  return parseNvidiaSmiCsv(lines.join("\n"), given);
}

/** The range of a reading whose value reaches back `reachMs` from `atMs`. */
function reaching(atMs: number, reachMs: number): Pick<MeterReading, "at" | "earliest"> {
  const at = instantOf(BigInt(Math.round(atMs * 1000)) * 1000n);
  return { at, earliest: addNs(at, -reachMs * 1e6) };
}

describe("parseNvidiaSmiCsv", () => {
  it("reads units in the header and in the values, and prefers the instant power", () => {
    const { readings, problems } = parse([
      "timestamp, uuid, power.draw [W], power.draw.average [W], power.draw.instant [W]",
      "2026/07/14 08:12:53.353, GPU-1, 631.95 W, 631.95 W, 625.68 W",
      "2026/07/14 08:12:53.453, GPU-2, 70.00 W, 71.00 W, 72.00 W",
    ]);
    expect(problems).toEqual([]);
    expect(readings).toEqual([
      {
        device: "node-a/GPU-1",
        kind: "power",
        value: 625.68,
        ...reaching(Date.UTC(2026, 6, 14, 8, 12, 53, 353), 200),
      },
      {
        device: "node-a/GPU-2",
        kind: "power",
        value: 72,
        ...reaching(Date.UTC(2026, 6, 14, 8, 12, 53, 453), 200),
      },
    ]);
  });

  it("keeps a device to one sensor, so a single missing value is a gap and not another sensor's", () => {
    const { readings, problems } = parse([
      "timestamp, uuid, power.draw.average, power.draw.instant",
      "2026/07/14 08:00:00.000, GPU-new, 100.00 W, 120.00 W",
      "2026/07/14 08:00:00.000, GPU-old, 50.00 W, [N/A]",
      "2026/07/14 08:00:01.000, GPU-new, 101.00 W, [Unknown Error]",
      "2026/07/14 08:00:01.000, GPU-old, 51.00 W, [N/A]",
    ]);
    expect(readings.map(({ device, value }) => [device, value])).toEqual([
      ["node-a/GPU-new", 120],
      ["node-a/GPU-old", 50],
      ["node-a/GPU-old", 51],
    ]);
    expect(problems).toEqual([{ line: 4, message: 'power.draw.instant is "[Unknown Error]"' }]);
  });

  it("reads milliwatts and bare numbers in the header's unit", () => {
    const values = (lines: readonly string[]) => parse(lines).readings.map(({ value }) => value);
    const rest = "2026/07/14 08:00:00.000, GPU-1,";
    expect(values(["timestamp, uuid, power.draw [mW]", `${rest} 250000`])).toEqual([250]);
    expect(values(["timestamp, uuid, power.draw", `${rest} 250`])).toEqual([250]);
    expect(values(["timestamp, uuid, power.draw [W]", `${rest} 250000 mW`])).toEqual([250]);
    expect(values(["timestamp, uuid, power.draw [W]", `${rest} 0.00 W`])).toEqual([0]);
  });

  it("takes local time back to UTC, over midnight too", () => {
    const at = (utcOffsetMinutes: number) =>
      parse(["timestamp, uuid, power.draw", "2026/01/01 00:30:00.001, GPU-1, 5 W"], {
        node: "n",
        utcOffsetMinutes,
      }).readings.map((reading) =>
        new Date(Number(unixNanoOf(reading.at) / 1_000_000n)).toISOString(),
      );
    expect(at(60)).toEqual(["2025-12-31T23:30:00.001Z"]);
    expect(at(-330)).toEqual(["2026-01-01T06:00:00.001Z"]);
  });

  it("reads a file without a header where the columns are given", () => {
    const given = { ...options, columns: ["timestamp", "uuid", "power.draw"] };
    const row = "2026/07/14 08:00:00.000, GPU-1, 250.00";
    expect(parse([row, row.replace("08:00:00", "08:00:01")], given).readings).toHaveLength(2);
    expect(parse([row, row])).toEqual({
      readings: [],
      problems: [{ line: 1, message: "no header, and no columns are given" }],
    });
  });

  it("reports every bad row by its line and reads the others", () => {
    const { readings, problems } = parse([
      "timestamp, uuid, power.draw [W]",
      "2026/07/14 08:00:00.000, GPU-1, 1.00 W",
      "",
      "Unable to determine the device handle for GPU0000:01:00.0: Unknown Error",
      "2026/02/30 08:00:00.000, GPU-1, 2.00 W",
      "2026/07/14 08:00:02.000, [N/A], 3.00 W",
      "2026/07/14 08:00:03.000, GPU-1, [Not Supported]",
      "2026/07/14 08:00:04.000, GPU-1, -4.00 W",
      "2026/07/14 08:00:05.000, GPU-1, 5.00 kW",
      "2026/07/14 08:00:06.000, GPU-2, [N/A]",
      "2026/07/14 08:00:07.000, GPU-1, 7.00 W",
      "2026/07/14 08:00:08.0",
    ]);
    expect(readings.map(({ value }) => value)).toEqual([1, 7]);
    expect(problems).toEqual([
      { line: 4, message: "1 cells, not 3" },
      { line: 5, message: 'not a time: "2026/02/30 08:00:00.000"' },
      { line: 6, message: 'not a uuid: "[N/A]"' },
      { line: 7, message: 'power.draw is "[Not Supported]"' },
      { line: 8, message: 'power.draw is "-4.00 W"' },
      { line: 9, message: 'power.draw is "5.00 kW"' },
      { line: 10, message: "no field of this device has a power in watts" },
      { line: 12, message: "1 cells, not 3" },
    ]);
  });

  it("says once what a whole file lacks", () => {
    const lines = ["timestamp, uuid, power.draw", "2026/07/14 08:00:00.000, GPU-1, 1 W"];
    expect(parse(lines, { node: "n" }).problems).toEqual([
      { line: 1, message: "times are local: the offset from UTC is not given" },
    ]);
    expect(parse(["timestamp, utilization.gpu [%]", "x, y"])).toEqual({
      readings: [],
      problems: [
        { line: 1, message: "no column uuid, and no device is given" },
        { line: 1, message: "no column power.draw in W or mW" },
      ],
    });
    expect(parse([])).toEqual({ readings: [], problems: [] });
  });

  it("reads Windows line ends, a byte order mark and the header of a second run", () => {
    const { readings, problems } = parseNvidiaSmiCsv(
      "\uFEFFtimestamp, uuid, power.draw [W]\r\n2026/07/14 08:00:00.000, GPU-1, 1.00 W\r\n" +
        "uuid, timestamp, power.draw [W]\r\nGPU-1, 2026/07/14 08:00:01.000, 2.00 W\r\n",
      options,
    );
    expect(problems).toEqual([]);
    expect(readings.map(({ value }) => value)).toEqual([1, 2]);
  });

  it("reads converted files with epoch times, decimals included", () => {
    const { readings } = parse(["epoch_ms,power_draw_w", "1689325966483.25,56.12"], {
      node: "n",
      device: "GPU-0",
    });
    expect(readings).toEqual([
      {
        device: "n/GPU-0",
        kind: "power",
        value: 56.12,
        // Of an unknown model: a mean over a second.
        ...reaching(1_689_325_966_483.25, 1100),
      },
    ]);
  });

  it("knows the sensor by the model in the file, or by the given one", () => {
    const rangesMs = (header: string, cell: string, given: NvidiaSmiCsvOptions = options) =>
      parse(
        [
          `timestamp, uuid, ${header}power.draw [W]`,
          `2026/07/14 08:00:00.000, GPU-1, ${cell}1.00 W`,
        ],
        given,
      ).readings.map(({ at, earliest = at }) => elapsedNs(earliest, at) / 1e6);
    expect(rangesMs("name, ", "NVIDIA A100-SXM4-80GB, ")).toEqual([125]);
    expect(rangesMs("", "", { ...options, model: "A100" })).toEqual([125]);
    expect(rangesMs("name, ", "NVIDIA H100 80GB HBM3, ")).toEqual([1100]);
  });

  it("takes one mean a second of those that overlap", () => {
    const rows = Array.from(
      { length: 25 },
      (_, i) => `2026/07/14 08:00:0${Math.floor(i / 10)}.${i % 10}00, GPU-1, ${i}.00 W`,
    );
    const { readings } = parse(["timestamp, uuid, power.draw", ...rows]);
    expect(readings.map(({ value }) => value)).toEqual([0, 10, 20]);
  });
});

const shared = (name: string): string =>
  fileURLToPath(new URL(`../../../../../shared/data/${name}`, import.meta.url));
const captures = shared("nvidia-smi-captures");

describe.skipIf(!existsSync(captures))(
  existsSync(captures)
    ? "against recorded rows"
    : "against recorded rows (skipped: its data folder is not beside the project)",
  () => {
    it("reads one power of every device, the instant one", () => {
      const files = readdirSync(captures).filter((file) => file.endsWith(".csv"));
      for (const file of files) {
        const { readings, problems } = parseNvidiaSmiCsv(
          readFileSync(`${captures}/${file}`, "utf8"),
          options,
        );
        expect([file, problems]).toEqual([file, []]);
        expect(readings).toHaveLength(1);
      }
      const h100 = "linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01__load.csv";
      const [reading] = parseNvidiaSmiCsv(
        readFileSync(`${captures}/${h100}`, "utf8"),
        options,
      ).readings;
      expect(reading?.value).toBe(625.68);
      expect(reading?.device).toBe("node-a/GPU-00000000-0000-0000-0000-000000000000");
    });
  },
);

const benchmark = shared("gpu-power-benchmark");

describe.skipIf(!existsSync(benchmark))(
  existsSync(benchmark)
    ? "against a benchmark's recordings"
    : "against a benchmark's recordings (skipped: its data folder is not beside the project)",
  () => {
    const read = (file: string): readonly MeterReading[] => {
      const text = readFileSync(`${benchmark}/${file}`, "utf8");
      // Recorded in British summer time.
      const result = parseNvidiaSmiCsv(text, {
        node: "n",
        device: "GPU-0",
        model: "NVIDIA A100-PCIE-40GB",
        utcOffsetMinutes: 60,
      });
      expect(result.problems).toEqual([]);
      return result.readings;
    };

    it.each([
      ["a100_5050", 965],
      ["a100_step", 1245],
    ])("reads %s alike from local and from epoch times", (name, rows) => {
      const raw = read(`${name}_nvidia_smi_raw.csv`);
      expect(raw).toHaveLength(rows);
      expect(raw).toEqual(read(`${name}_nvidia_smi_epoch.csv`));
    });

    it("has the published energy of the stepped load", () => {
      const edges = readFileSync(`${benchmark}/a100_step_load_edges.csv`, "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => Number(line));
      const [from = 0, to = 0] = [Math.min(...edges), Math.max(...edges)];
      const inside = read("a100_step_nvidia_smi_raw.csv").filter(({ at }) => {
        const ms = Number(unixNanoOf(at) / 1_000_000n);
        return ms >= from && ms <= to;
      });
      let joules = 0;
      for (const [index, { value, at }] of inside.entries()) {
        const next = inside[index + 1];
        if (next) joules += ((value + next.value) / 2) * (elapsedNs(at, next.at) / 1e9);
      }
      // The readings just outside the load, which the published figure interpolates to, are left out here.
      expect(Math.abs(joules / 1492.8 - 1)).toBeLessThan(0.005);
    });
  },
);

import { describe, expect, it } from "vitest";
import { meterTable, meterTables } from "./meter-tables.ts";
import { parseExposition } from "./parse-exposition.ts";
import { type BoardSamples, readBoards, samplesOf } from "./read-boards.ts";
import { readEnergyMetrics } from "./trtllm.ts";

function read(type: string, text: string): BoardSamples {
  const table = meterTable(type);
  if (table === undefined) throw new Error(`no table ${type}`);
  return readBoards(table, samplesOf(parseExposition(text)));
}

describe("tables of exporters", () => {
  it.each([
    [
      "amd-exporter",
      'gpu_energy_consumed{gpu_id="0",gpu_partition_id="0",card_model="MI300X",serial_number="692323000123",hostname="node-a"} 1004108.41',
      ["692323000123", "counter", 1.00410841],
    ],
    [
      "amd-exporter",
      'gpu_package_power{gpu_id="0",serial_number="S",hostname="node-a"} 748',
      ["S", "power", 748],
    ],
    [
      "xpumd",
      'hw_energy_joules_total{hw_id="0000:3a:00.0",hw_name="Max 1550"} 5120.5',
      ["0000:3a:00.0", "counter", 5120.5],
    ],
    ["xpumd", 'xpum_power_watts{uuid="u",pci_bdf="0000:3a:00.0"} 120', ["u", "power", 120]],
    [
      "kepler",
      'kepler_node_gpu_joules_total{gpu="0",gpu_uuid="GPU-abc123",gpu_name="Tesla T4",vendor="nvidia",node_name="node-a"} 12345.67',
      ["GPU-abc123", "counter", 12345.67],
    ],
    [
      "kepler",
      'kepler_node_cpu_joules_total{zone="package",path="intel-rapl:0",node_name="node-a"} 99',
      ["package", "counter", 99],
    ],
    [
      "triton",
      'nv_energy_consumption{gpu_uuid="GPU-71ce41fd"} 205620.582000',
      ["GPU-71ce41fd", "counter", 205620.582],
    ],
    ["triton", 'nv_gpu_power_usage{gpu_uuid="GPU-71ce41fd"} 59.8', ["GPU-71ce41fd", "power", 59.8]],
    [
      "nvidia-gpu-exporter",
      'nvidia_smi_energy_joules_total{uuid="604ac76c-d9cf"} 77',
      ["GPU-604ac76c-d9cf", "counter", 77],
    ],
    [
      "all-smi",
      'all_smi_energy_consumed_joules_total{host="node-a",scope="gpu",gpu_uuid="GPU-a"} 8',
      ["GPU-a", "counter", 8],
    ],
  ])("%s: %s", (type, line, [id, kind, value]) => {
    const { boards, unread } = read(type, line);
    expect(boards).toHaveLength(1);
    expect(boards[0]).toMatchObject({ id, kind });
    expect(boards[0]?.value).toBeCloseTo(value as number, 9);
    expect([...unread]).toEqual([]);
  });

  it("takes a partitioned AMD device from its partition 0, whatever the others say", () => {
    const line = (partition: number, microjoules: string): string =>
      `gpu_energy_consumed{gpu_id="${partition}",gpu_partition_id="${partition}",serial_number="S",hostname="n"} ${microjoules}`;
    const { boards } = read(
      "amd-exporter",
      [line(1, "0"), line(0, "1.4e17"), line(2, "0")].join("\n"),
    );
    expect(boards).toMatchObject([{ id: "S", value: 1.4e11 }]);
  });

  it("reads whole devices only: no shares of pods, no idle and active parts, no other scopes", () => {
    expect(
      read(
        "kepler",
        `kepler_node_gpu_active_joules_total{gpu_uuid="GPU-a",node_name="n"} 1
kepler_node_gpu_idle_watts{gpu_uuid="GPU-a",node_name="n"} 2
kepler_pod_gpu_joules_total{pod_id="p",gpu_uuid="GPU-a"} 3
kepler_node_cpu_joules_total{zone="gt",node_name="n"} 4`,
      ).boards,
    ).toEqual([]);
    expect(
      read("all-smi", 'all_smi_energy_consumed_joules_total{scope="chassis",gpu_uuid="c"} 4')
        .boards,
    ).toEqual([]);
  });

  it("names no metric twice across tables, so that a server's samples have one meaning", () => {
    const names = meterTables.flatMap(({ metrics }) => [
      ...new Set(metrics.map(({ metric }) => metric)),
    ]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("says which tables no recording has proved", () => {
    expect(meterTables.filter(({ isUnverified }) => !isUnverified).map(({ type }) => type)).toEqual(
      ["dcgm"],
    );
  });
});

describe("TensorRT-LLM's /energy_metrics", () => {
  it("is the counter of the one device that is configured", () => {
    expect(readEnergyMetrics('{"total_energy_j": 1234.5678, "query_time": 99.1}', "GPU-a")).toEqual(
      {
        boards: [{ id: "GPU-a", scope: "gpu", kind: "counter", value: 1234.5678, nodeNames: [] }],
        unread: new Map(),
      },
    );
  });

  it.each([
    '{"error": "Energy monitoring is not available"}',
    "null",
    "[]",
    "<html>",
    "{",
    '{"total_energy_j": -1}',
  ])("makes nothing of %s", (text) => {
    expect(readEnergyMetrics(text, "GPU-a").boards).toEqual([]);
  });
});

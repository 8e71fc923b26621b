import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dcgm } from "./dcgm.ts";
import { parseExposition } from "./parse-exposition.ts";
import { type BoardSamples, readBoards, samplesOf } from "./read-boards.ts";

const A30 = "GPU-265c9814-6156-355b-e589-ff2064894f16";
const H100 = "GPU-604ac76c-d9cf-fef3-62e9-d92044ab6e52";
const ENERGY = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION";

const read = (text: string): BoardSamples => readBoards(dcgm, samplesOf(parseExposition(text)));

/** Laid out as the exporter's template does, with values that users reported. */
const PAGE = `# HELP DCGM_FI_DEV_POWER_USAGE Power draw (in W).
# TYPE DCGM_FI_DEV_POWER_USAGE gauge
DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="${H100}",pci_bus_id="00000000:17:00.0",device="nvidia0",modelName="NVIDIA H100 80GB HBM3",hostname="node-a",DCGM_FI_DRIVER_VERSION="590.48.01",container="vllm",namespace="serving",pod="llama-0"} 631.950000
# HELP ${ENERGY} Total energy consumption since boot (in mJ).
# TYPE ${ENERGY} counter
${ENERGY}{gpu="0",UUID="${H100}",pci_bus_id="00000000:17:00.0",device="nvidia0",modelName="NVIDIA H100 80GB HBM3",hostname="node-a",container="vllm",namespace="serving",pod="llama-0"} 126272101025
`;

describe("dcgm-exporter's page", () => {
  it("gives joules from millijoules, and watts", () => {
    expect(read(PAGE)).toEqual({
      boards: [
        {
          id: H100,
          scope: "gpu",
          kind: "power",
          value: 631.95,
          // An H100's is a mean over a second.
          reachMs: 1100,
          nodeNames: ["node-a"],
          model: "NVIDIA H100 80GB HBM3",
          pods: [{ pod: "llama-0", namespace: "serving" }],
        },
        {
          id: H100,
          scope: "gpu",
          kind: "counter",
          value: 126_272_101.025,
          nodeNames: ["node-a"],
          model: "NVIDIA H100 80GB HBM3",
          pods: [{ pod: "llama-0", namespace: "serving" }],
        },
      ],
      unread: new Map(),
    });
  });

  it("reads seven MIG instances of one board once, at the greatest value, in any order", () => {
    const lines = Array.from({ length: 7 }, (_, i) => {
      const labels = `gpu="0",UUID="${A30}",GPU_I_PROFILE="1g.6gb",GPU_I_ID="${i + 3}"`;
      return `${ENERGY}{${labels},Hostname="node-a"} ${i === 2 ? 126272106318 : 126272101025}`;
    });
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: 7 }), (shuffled) => {
        const { boards } = read(shuffled.join("\n"));
        expect(boards).toHaveLength(1);
        expect(boards[0]?.value).toBeCloseTo(126_272_106.318, 6);
      }),
    );
  });

  it("reads a board in time slices once", () => {
    const slice = (pod: string): string =>
      `DCGM_FI_DEV_POWER_USAGE{UUID="${A30}",hostname="node-a",vgpu="${pod}",pod="${pod}"} 71.2`;
    expect(read([slice("a"), slice("b"), slice("c")].join("\n")).boards).toMatchObject([
      { id: A30, value: 71.2 },
    ]);
  });

  it.each([
    ["DCGM_FI_DEV_POWER_USAGE", 'UUID="GPU-a",Hostname="node-a"', 1100],
    ["DCGM_FI_DEV_BOARD_POWER_WATTS", 'UUID="GPU-a",hostname="node-a"', 1100],
    ["DCGM_FI_DEV_POWER_USAGE_INSTANT", 'uuid="GPU-a",Hostname="node-a"', 200],
    ["DCGM_FI_DEV_BOARD_POWER_RAW_WATTS", 'uuid="GPU-a",hostname="node-a",pci_bus_id="0:1"', 200],
  ])("knows old and new names: %s{%s}", (metric, labels, reachMs) => {
    expect(read(`${metric}{${labels}} 70`).boards).toEqual([
      { id: "GPU-a", scope: "gpu", kind: "power", value: 70, reachMs, nodeNames: ["node-a"] },
    ]);
  });

  it("keeps to the instant power where a page has both", () => {
    const page = (...names: readonly string[]): string =>
      names.map((name, i) => `DCGM_FI_DEV_${name}{UUID="GPU-a"} ${100 + i}\n`).join("");
    expect(read(page("POWER_USAGE", "POWER_USAGE_INSTANT")).boards).toMatchObject([{ value: 101 }]);
    expect(read(page("POWER_USAGE_INSTANT", "POWER_USAGE")).boards).toMatchObject([{ value: 100 }]);
  });

  it.each([
    [`${ENERGY}{UUID="GPU-a"} 9223372036854775794`, "blank"],
    [`${ENERGY}{UUID="GPU-a"} 9223372036854775792`, "blank"],
    ['DCGM_FI_DEV_POWER_USAGE{UUID="GPU-a"} 140737488355328.000000', "blank"],
    ['DCGM_FI_DEV_POWER_USAGE{UUID="GPU-a"} 140737488355330', "blank"],
    ['DCGM_FI_DEV_POWER_USAGE{UUID="GPU-a"} NaN', "not_finite"],
    ['DCGM_FI_DEV_POWER_USAGE{UUID="GPU-a"} -1', "negative"],
    ['DCGM_FI_DEV_POWER_USAGE{UUID="GPU-a"} 0', "zero_power"],
    ['DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID=""} 70', "no_device"],
  ])("makes no reading of %s", (line, reason) => {
    expect(read(line)).toEqual({ boards: [], unread: new Map([[reason, 1]]) });
  });

  it("keeps the module of a superchip apart from its GPU", () => {
    const { boards } = read(`DCGM_FI_DEV_POWER_USAGE{UUID="GPU-a"} 400
DCGM_FI_DEV_MODULE_POWER_UTIL_CURRENT{UUID="GPU-a"} 620`);
    expect(boards.map(({ scope, value }) => [scope, value])).toEqual([
      ["gpu", 400],
      ["module", 620],
    ]);
  });
});

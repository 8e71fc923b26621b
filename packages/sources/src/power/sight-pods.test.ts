import { instantOfMs, type PodSighting } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { createMeterFleet } from "./meter-fleet.ts";
import { createMeterSource } from "./meter-source.ts";
import { partIdsOf } from "./sight-pods.ts";

const ENERGY = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION";

it.each([
  ["today's labels", 'pod="llama-0",namespace="serving",container="vllm"'],
  ["old labels", 'pod_name="llama-0",pod_namespace="serving",container_name="vllm"'],
])("tells which pod a device was given to, by %s", async (_, labels) => {
  const board = `gpu="0",UUID="GPU-a",hostname="node-a"`;
  const mig = `gpu="1",UUID="GPU-b",hostname="node-a",GPU_I_ID="3",GPU_I_PROFILE="1g.6gb"`;
  const page = `${ENERGY}{${board},${labels}} 1000\n${ENERGY}{${mig},${labels}} 1000\n${ENERGY}{UUID="GPU-c",hostname="node-a"} 5\n`;
  const source = createMeterSource({
    type: "dcgm",
    fetch: async () => new Response(page),
    now: () => instantOfMs(1_795_000_020_000),
  });
  const sighted: PodSighting[] = [];
  const instances = [{ id: "MIG-1", slices: 1, gpuInstance: "3" }];
  const fleet = createMeterFleet({
    sources: [source],
    nodes: [
      { name: "node-a", aliases: [], devices: [{ id: "GPU-a" }, { id: "GPU-b", instances }] },
    ],
    onReadings: () => {},
    onPods: (sightings) => sighted.push(...sightings),
  });
  fleet.start();
  await fleet.flush();
  await fleet.shutdown();
  expect(sighted.map(({ pod, namespace, node, id }) => [pod, namespace, node, id])).toEqual([
    ["llama-0", "serving", "node-a", "GPU-a"],
    ["llama-0", "serving", "node-a", "MIG-1"],
  ]);
});

it("knows the parts that exporters tell of by each board's own numbers", () => {
  const part = (id: string, gpuInstance?: string) => ({
    id,
    slices: 1,
    ...(gpuInstance === undefined ? {} : { gpuInstance }),
  });
  const nodeOf = (name: string, parts: readonly ReturnType<typeof part>[]) => ({
    name,
    aliases: [],
    devices: [{ id: "GPU-a", instances: parts }, { id: "GPU-b" }],
  });
  expect(partIdsOf([nodeOf("n", [part("MIG-1")])])).toEqual(new Map());
  const nodes = [
    nodeOf("n", [part("MIG-1", "3"), part("MIG-2", "4")]),
    nodeOf("m", [part("MIG-3", "3")]),
  ];
  expect([...partIdsOf(nodes)]).toEqual([
    ["n/GPU-a 3", "MIG-1"],
    ["n/GPU-a 4", "MIG-2"],
    ["m/GPU-a 3", "MIG-3"],
  ]);
});

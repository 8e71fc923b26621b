import type { AttributeValue } from "@wattspan/otlp";
import { describe, expect, it } from "vitest";
import type { NodeOptions, WorkerRow } from "../pipeline-options.ts";
import { createPlacement, type Placement } from "./place-worker.ts";

const nodes: readonly NodeOptions[] = [
  {
    name: "node-a",
    aliases: ["11112222", "a.internal"],
    zone: "FR",
    pue: 1.2,
    devices: [
      { id: "GPU-a0", idleWatts: 60, maxWatts: 700, model: "h100" },
      { id: "GPU-a1", idleWatts: 60, maxWatts: 700, model: "h100" },
    ],
  },
  { name: "node-b", aliases: [], devices: [{ id: "GPU-b0" }] },
  { name: "node-c", aliases: [], devices: [] },
];

const row = (
  match: Record<string, string | RegExp>,
  parts: Partial<WorkerRow> = {},
): WorkerRow => ({
  match: new Map(Object.entries(match)),
  node: "node-a",
  ...parts,
});
const bag = (attributes: Record<string, AttributeValue>): ReadonlyMap<string, AttributeValue> =>
  new Map(Object.entries(attributes));
const keysOf = (placement: Placement): unknown =>
  "missing" in placement ? placement : placement.devices.map(({ key }) => key);

describe("by node identity", () => {
  const place = createPlacement(nodes, []);
  const both = ["node-a/GPU-a0", "node-a/GPU-a1"];

  it("finds a node by name or alias and guesses its devices, flagged", () => {
    const placement = place(bag({ "k8s.node.name": "node-a" }), undefined, 0n);
    expect(placement).toMatchObject({ node: "node-a", zone: "FR", pue: 1.2, isGuessed: true });
    expect(keysOf(placement)).toEqual(both);
    expect(keysOf(place(bag({ "host.name": "a.internal" }), undefined, 0n))).toEqual(both);
  });

  it("carries what is configured of a device", () => {
    const placement = place(bag({ "host.name": "node-a" }), ["GPU-a1"], 0n);
    expect(placement).toMatchObject({
      isGuessed: false,
      devices: [
        {
          key: "node-a/GPU-a1",
          node: "node-a",
          id: "GPU-a1",
          idleWatts: 60,
          maxWatts: 700,
          model: "h100",
        },
      ],
    });
  });

  it("does not guess where a node has one device, and has no zone where none is configured", () => {
    expect(place(bag({ "host.name": "node-b" }), undefined, 0n)).toEqual({
      node: "node-b",
      devices: [{ key: "node-b/GPU-b0", node: "node-b", id: "GPU-b0" }],
      isGuessed: false,
    });
  });

  it("takes the first identity that is configured", () => {
    const told = { "k8s.node.uid": "unknown", "host.id": "11112222", "host.name": "node-b" };
    expect(place(bag(told), undefined, 0n)).toMatchObject({ node: "node-a" });
  });

  it("says why there is no place", () => {
    expect(place(bag({ "host.name": "elsewhere" }), undefined, 0n)).toEqual({
      missing: "unknown_worker",
    });
    expect(place(bag({}), [], 0n)).toEqual({ missing: "unknown_worker" });
    expect(place(bag({ "host.name": "node-c" }), undefined, 0n)).toEqual({ missing: "no_device" });
  });
});

describe("by device ids", () => {
  const place = createPlacement(nodes, [row({ "service.name": "w" }, { devices: ["GPU-a0"] })]);

  it("finds the node of a device that only one has", () => {
    expect(place(bag({}), ["GPU-b0"], 0n)).toMatchObject({ node: "node-b", isGuessed: false });
  });

  it("lets the span's devices win over the row's and over a wrong node", () => {
    expect(keysOf(place(bag({ "service.name": "w" }), ["GPU-a1"], 0n))).toEqual(["node-a/GPU-a1"]);
    expect(place(bag({ "host.name": "node-a" }), ["GPU-b0"], 0n)).toMatchObject({ node: "node-b" });
  });

  it("takes a device that is not configured as the named node's", () => {
    expect(keysOf(place(bag({ "host.name": "node-a" }), ["GPU-new"], 0n))).toEqual([
      "node-a/GPU-new",
    ]);
    expect(place(bag({ "host.name": "raw" }), ["0"], 0n)).toEqual({
      node: "raw",
      devices: [{ key: "raw/0", node: "raw", id: "0" }],
      isGuessed: false,
    });
    expect(place(bag({}), ["0"], 0n)).toEqual({ missing: "unknown_node" });
  });

  it("refuses devices of several nodes and counts a repeated one once", () => {
    expect(place(bag({}), ["GPU-a0", "GPU-b0"], 0n)).toEqual({ missing: "several_nodes" });
    expect(keysOf(place(bag({}), ["GPU-a0", "GPU-a0"], 0n))).toEqual(["node-a/GPU-a0"]);
  });

  it("tells equal ids of two nodes apart by the node", () => {
    const twins = ["x", "y"].map((name) => ({ name, aliases: [], devices: [{ id: "0" }] }));
    const placeTwin = createPlacement(twins, []);
    expect(keysOf(placeTwin(bag({ "host.name": "y" }), ["0"], 0n))).toEqual(["y/0"]);
    expect(placeTwin(bag({}), ["0"], 0n)).toEqual({ missing: "unknown_node" });
  });
});

describe("by worker row", () => {
  it("takes the first row of which every entry matches", () => {
    const place = createPlacement(nodes, [
      row({ "service.name": "w", instance_id: "17717888169612136818" }, { devices: ["GPU-a0"] }),
      row({ "service.name": "w" }, { devices: ["GPU-a1"] }),
      row({ "service.name": /w.*/ }, { node: "node-b" }),
    ]);
    const at = (told: Record<string, AttributeValue>): unknown =>
      keysOf(place(bag(told), undefined, 0n));
    expect(at({ "service.name": "w", instance_id: "17717888169612136818" })).toEqual([
      "node-a/GPU-a0",
    ]);
    expect(at({ "service.name": "w", instance_id: "17717888169612136819" })).toEqual([
      "node-a/GPU-a1",
    ]);
    expect(at({ "service.name": "w2" })).toEqual(["node-b/GPU-b0"]);
    expect(at({ "service.name": "v" })).toEqual({ missing: "unknown_worker" });
  });

  it("knows Dynamo's id of a worker as metric labels write it, in hexadecimal, too", () => {
    const byId = (id: string, key = "instance_id"): unknown => {
      const place = createPlacement(nodes, [row({ [key]: id }, { devices: ["GPU-a0"] })]);
      return keysOf(place(bag({ [key]: "17163090723381650420" }), undefined, 0n));
    };
    expect(byId("ee2f8c1436f723f4")).toEqual(["node-a/GPU-a0"]);
    expect(byId("17163090723381650420", "worker_id")).toEqual(["node-a/GPU-a0"]);
    expect(byId("ee2f8c1436f723f5")).toEqual({ missing: "unknown_worker" });
    expect(byId("ee2f8c1436f723f4", "service.name")).toEqual({ missing: "unknown_worker" });
  });

  it.each([
    [/worker-\d/, "worker-1", true],
    [/worker-\d/, "worker-12", false],
    [/worker-\d/, "my-worker-1", false],
    [/a|ab/, "ab", true],
    [/WORKER-\d/i, "worker-1", true],
    [/worker/gy, "worker", true],
    [/^b$/m, "a\nb", false],
  ])("%s matches the whole of %j: %s", (pattern, value, isMatch) => {
    const place = createPlacement(nodes, [row({ "service.name": pattern })]);
    for (let turn = 0; turn < 2; turn++) {
      const placement = place(bag({ "service.name": value }), undefined, BigInt(turn));
      expect("node" in placement).toBe(isMatch);
    }
  });

  it("wins over node identity", () => {
    const place = createPlacement(nodes, [row({ "service.name": "w" }, { node: "node-b" })]);
    const told = bag({ "service.name": "w", "host.name": "node-a" });
    expect(place(told, undefined, 0n)).toMatchObject({ node: "node-b" });
  });

  it("matches data-parallel ranks, sent as text or number", () => {
    const place = createPlacement(nodes, [
      row({ "service.name": "w" }, { dpRank: 0, devices: ["GPU-a0"] }),
      row({ "service.name": "w" }, { dpRank: 1, devices: ["GPU-a1"] }),
    ]);
    const at = (rank?: AttributeValue): unknown =>
      keysOf(place(bag({ "service.name": "w", dp_rank: rank ?? null }), undefined, 0n));
    expect(at("0")).toEqual(["node-a/GPU-a0"]);
    expect(at(1n)).toEqual(["node-a/GPU-a1"]);
    expect(at()).toEqual({ missing: "unknown_worker" });
  });

  it("is valid from its start to before its end, though the worker is the same", () => {
    const place = createPlacement(nodes, [
      row({ "service.name": "w" }, { fromUnixNano: 10n, toUnixNano: 20n, devices: ["GPU-a0"] }),
      row({ "service.name": "w" }, { fromUnixNano: 20n, devices: ["GPU-a1"] }),
    ]);
    const at = (ns: bigint): unknown => keysOf(place(bag({ "service.name": "w" }), undefined, ns));
    expect([9n, 10n, 19n, 20n, 1_000n].map(at)).toEqual([
      { missing: "unknown_worker" },
      ["node-a/GPU-a0"],
      ["node-a/GPU-a0"],
      ["node-a/GPU-a1"],
      ["node-a/GPU-a1"],
    ]);
  });

  it("says that a row's node is not configured", () => {
    const place = createPlacement(nodes, [row({ "service.name": "w" }, { node: "nowhere" })]);
    expect(place(bag({ "service.name": "w" }), undefined, 0n)).toEqual({ missing: "unknown_node" });
  });
});

it("remembers a worker whatever else its spans say", () => {
  const place = createPlacement(nodes, []);
  const first = place(bag({ "host.name": "node-a", "thread.name": "1" }), undefined, 0n);
  expect(place(bag({ "host.name": "node-a", "thread.name": "2" }), undefined, 5n)).toBe(first);
});

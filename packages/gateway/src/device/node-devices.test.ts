import { expect, it } from "vitest";
import type { NodeOptions } from "../pipeline-options.ts";
import { boardPartsOf } from "./board-parts.ts";
import { devicesOfNode, hostKeysOf } from "./node-devices.ts";

const plain: NodeOptions = {
  name: "node-a",
  aliases: [],
  devices: [{ id: "GPU-1", maxWatts: 700, embodiedKg: { lower: 1, central: 2, upper: 3 } }],
};
const split: NodeOptions = {
  name: "node-b",
  aliases: [],
  devices: [
    { id: "MIG-1", board: { id: "GPU-1", share: 0.25 } },
    { id: "MIG-2", board: { id: "GPU-1", share: 0.75 } },
    { id: "GPU-2" },
  ],
  host: { devices: [{ id: "package-0", idleWatts: 60 }, { id: "dram-0" }], rule: "weight" },
};

it("gives a ledger each node's own devices, its host's marked", () => {
  expect(devicesOfNode(plain, false)).toEqual([
    { key: "node-a/GPU-1", node: "node-a", id: "GPU-1", maxWatts: 700, isSampled: false },
  ]);
  const ofSplit = devicesOfNode(split, true);
  expect(ofSplit.map(({ key, node }) => [key, node])).toEqual(
    ["MIG-1", "MIG-2", "GPU-2", "package-0", "dram-0"].map((id) => [`node-b/${id}`, "node-b"]),
  );
  expect(ofSplit.map(({ isSampled }) => isSampled ?? false)).toEqual([
    ...[true, true, true],
    ...[false, false],
  ]);
  expect(ofSplit.map(({ isHost }) => isHost ?? false)).toEqual([
    ...[false, false, false],
    ...[true, true],
  ]);
  expect(ofSplit[3]).toMatchObject({ idleWatts: 60 });
});

it("knows what of a machine its phases share", () => {
  const placedOn = ({ name, host }: NodeOptions) => ({
    node: name,
    devices: [],
    isGuessed: false,
    ...(host === undefined ? {} : { host }),
  });
  expect(hostKeysOf(placedOn(plain))).toEqual([]);
  expect(hostKeysOf(placedOn(split))).toEqual(["node-b/package-0", "node-b/dram-0"]);
  expect(hostKeysOf({ missing: "unknown_worker" })).toEqual([]);
});

it("knows the parts of each board by the board's key", () => {
  expect(boardPartsOf([plain])).toEqual(new Map());
  expect(boardPartsOf([plain, split])).toEqual(
    new Map([
      [
        "node-b/GPU-1",
        [
          { key: "node-b/MIG-1", share: 0.25 },
          { key: "node-b/MIG-2", share: 0.75 },
        ],
      ],
    ]),
  );
});

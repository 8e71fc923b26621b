import { expect, it } from "vitest";
import { createPlaceDevice } from "./place-device.ts";

const place = createPlaceDevice([
  { name: "node-a", aliases: ["10.0.0.7"], devices: [{ id: "GPU-a" }, { id: "GPU-both" }] },
  { name: "node-b", aliases: [], devices: [{ id: "GPU-b" }, { id: "GPU-both" }] },
]);

it.each([
  ["the name that the exporter gives", "GPU-new", ["node-b"], "node-b"],
  ["an alias", "GPU-new", ["10.0.0.7"], "node-a"],
  ["a device known by its pod alone", "GPU-b", ["dcgm-exporter-4flp2"], "node-b"],
  ["a device that is configured elsewhere", "GPU-b", ["node-a"], "node-b"],
  ["a device of several nodes, by name", "GPU-both", ["node-b"], "node-b"],
  ["a node that is not configured, as it is named", "GPU-new", ["raw", "other"], "raw"],
  ["the first name that is known", "GPU-new", ["pod-1", "node-b"], "node-b"],
  ["nothing", "GPU-new", [], undefined],
])("places %s", (_, id, names, node) => {
  expect(place(id, names)).toBe(node);
});

import type { AttributeValue } from "@wattspan/otlp";
import type { NodeDevice, NodeOptions } from "../pipeline-options.ts";

/** Attributes that name a machine, the most certain first. */
export const nodeIdentityKeys: readonly string[] = [
  "k8s.node.uid",
  "host.id",
  "k8s.node.name",
  "host.name",
];

/** Finds configured machines by any of their names and by the devices that only they have. */
export interface NodeFinder {
  byName(name: string): NodeOptions | undefined;
  /** The one node that is configured with this device; undefined where none or several are. */
  byDevice(deviceId: string): NodeOptions | undefined;
  deviceOf(node: NodeOptions, deviceId: string): NodeDevice | undefined;
  /** The id of a board's part by what exporters call it; the board's where it has none of that name. */
  partOf(node: string, boardId: string, gpuInstance: string | undefined): string;
}

/** Indexes the configured nodes; where two claim a name the first stands. */
export function createNodeFinder(nodes: readonly NodeOptions[]): NodeFinder {
  const byName = new Map<string, NodeOptions>();
  const byDevice = new Map<string, NodeOptions | undefined>();
  const devices = new Map<NodeOptions, ReadonlyMap<string, NodeDevice>>();
  for (const node of nodes) {
    if (!byName.has(node.name)) byName.set(node.name, node);
    const own = new Map(
      [...node.devices, ...(node.host?.devices ?? [])].map((device) => [device.id, device]),
    );
    devices.set(node, own);
    const boards = node.devices.flatMap(({ board }) => board?.id ?? []);
    for (const id of new Set([...own.keys(), ...boards])) {
      byDevice.set(id, byDevice.has(id) ? undefined : node);
    }
  }
  for (const node of nodes) {
    for (const alias of node.aliases) if (!byName.has(alias)) byName.set(alias, node);
  }
  return {
    byName: (name) => byName.get(name),
    byDevice: (deviceId) => byDevice.get(deviceId),
    deviceOf: (node, deviceId) => devices.get(node)?.get(deviceId),
    partOf(node, boardId, gpuInstance) {
      const parts = byName.get(node)?.devices ?? [];
      const part = parts.find(
        ({ board }) =>
          gpuInstance !== undefined && board?.id === boardId && board.gpuInstance === gpuInstance,
      );
      return part?.id ?? boardId;
    },
  };
}

/** The texts that attributes hold under `keys`, in the order of the keys; absent and empty ones left out. */
export function readNames(
  attributes: ReadonlyMap<string, AttributeValue>,
  keys: readonly string[],
): readonly string[] {
  const names: string[] = [];
  for (const key of keys) {
    const value = attributes.get(key);
    if (typeof value === "string" && value !== "") names.push(value);
  }
  return names;
}

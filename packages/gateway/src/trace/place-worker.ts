import { type Device, deviceKey } from "@wattspan/footprint";
import type { AttributeValue } from "@wattspan/otlp";
import {
  createNodeFinder,
  type NodeFinder,
  nodeIdentityKeys,
  readNames,
} from "../device/find-node.ts";
import type { NodeDevice, NodeOptions, WorkerRow } from "../pipeline-options.ts";
import { createRowFinder, rowKeysOf } from "./find-worker-row.ts";
import type { PodDevice, PodDevices } from "./pod-devices.ts";

/** A device that a worker ran on: what is configured of it, under the key that its meter has too. */
export interface PlacedDevice extends Device, NodeDevice {
  /** Part of the work that ran on it; absent: as much as on each of the others. */
  readonly share?: number;
}

/** Why a worker cannot be placed. */
type MissingPlace = "unknown_worker" | "unknown_node" | "no_device" | "several_nodes";

/** Where a worker ran, with all that was configured of the machine when its phase started. */
export interface Placed extends Omit<NodeOptions, "name" | "aliases" | "devices"> {
  readonly node: string;
  /** At least one. */
  readonly devices: readonly PlacedDevice[];
  /** Nothing says which of the node's devices it was: these are all of them. */
  readonly isGuessed: boolean;
}

/** Where a worker ran, or why that is not known. */
export type Placement = Placed | { readonly missing: MissingPlace };

/** Places a worker by its attributes, the devices its span names, and when its phase started. */
export type Place = (
  worker: ReadonlyMap<string, AttributeValue>,
  deviceIds: readonly string[] | undefined,
  startUnixNano: bigint,
) => Placement;

/** Attributes that name a pod: Dynamo says nothing of Kubernetes, but its instance is called as its host is, which is the pod. */
const podNameKeys: readonly string[] = ["k8s.pod.name", "dynamo.instance.id"];

/** Distinct workers that are remembered. */
const CACHE_SIZE = 4096;

/** Creates the placement of configured nodes and worker rows; an answer is kept per distinct worker. */
export function createPlacement(
  nodes: readonly NodeOptions[],
  workers: readonly WorkerRow[],
  pods?: PodDevices,
): Place {
  const finder = createNodeFinder(nodes);
  const findRow = createRowFinder(workers);
  const keys = [...new Set([...rowKeysOf(workers), ...nodeIdentityKeys])];
  const turns = [...workers.flatMap((row) => [row.fromUnixNano, row.toUnixNano])].filter(
    (turn) => turn !== undefined,
  );
  const cache = new Map<string, Placement>();
  return (worker, deviceIds, startUnixNano) => {
    const onPod = podDevicesOf(pods, worker);
    const cacheKey = JSON.stringify([
      onPod,
      keys.map((key) => textOf(worker.get(key))),
      deviceIds ?? null,
      turns.filter((turn) => turn <= startUnixNano).length,
    ]);
    let placement = cache.get(cacheKey);
    if (placement === undefined) {
      placement = place(finder, findRow(worker, startUnixNano), worker, deviceIds ?? [], onPod);
      if (cache.size >= CACHE_SIZE) cache.clear();
      cache.set(cacheKey, placement);
    }
    return placement;
  };
}

/** Kept apart by kind, so that no text equals the text of a number. */
function textOf(value: AttributeValue | undefined): string | null {
  if (value === undefined || value === null || typeof value === "object") return null;
  return `${typeof value}:${value}`;
}

/** The devices that meters name for the worker's pod. */
function podDevicesOf(
  pods: PodDevices | undefined,
  worker: ReadonlyMap<string, AttributeValue>,
): readonly PodDevice[] {
  if (pods === undefined) return [];
  const [namespace] = readNames(worker, ["k8s.namespace.name"]);
  for (const pod of readNames(worker, podNameKeys)) {
    const devices = pods.devicesOf(pod, namespace);
    if (devices.length > 0) return devices;
  }
  return [];
}

function place(
  finder: NodeFinder,
  row: WorkerRow | undefined,
  worker: ReadonlyMap<string, AttributeValue>,
  deviceIds: readonly string[],
  onPod: readonly PodDevice[],
): Placement {
  const names = row === undefined ? readNames(worker, nodeIdentityKeys) : [row.node];
  const named = names.map((name) => finder.byName(name)).find((node) => node !== undefined);
  if (deviceIds.length > 0) return placeDevices(finder, named, names[0], deviceIds);
  if (onPod.length > 0 && row?.devices === undefined) {
    const node = finder.byName(onPod[0]?.node ?? "") ?? named;
    const ids = onPod.map(({ id }) => id);
    return placeDevices(finder, node, onPod[0]?.node, ids);
  }
  if (named === undefined) return { missing: row ? "unknown_node" : "unknown_worker" };
  if (row?.devices !== undefined && row.devices.length > 0) {
    return onNode(
      named,
      [...new Set(row.devices)].map((id) => placedDevice(finder, named, id)),
      false,
    );
  }
  if (named.devices.length === 0) return { missing: "no_device" };
  const all = named.devices.map(({ id }) => placedDevice(finder, named, id));
  return onNode(named, all, all.length > 1);
}

/** Devices that the span names decide; a device configured on one node only decides the node too. */
function placeDevices(
  finder: NodeFinder,
  named: NodeOptions | undefined,
  rawName: string | undefined,
  deviceIds: readonly string[],
): Placement {
  const owners = deviceIds.map((id) =>
    named !== undefined && finder.deviceOf(named, id) !== undefined
      ? named
      : (finder.byDevice(id) ?? named),
  );
  const [owner, ...others] = new Set(owners.filter((node) => node !== undefined));
  if (others.length > 0) return { missing: "several_nodes" };
  if (owner !== undefined) {
    const placed = deviceIds.map((id) => placedDevice(finder, owner, id));
    return onNode(owner, mergeRepeated(placed), false);
  }
  if (rawName === undefined) return { missing: "unknown_node" };
  const devices = deviceIds.map((id) => ({ key: deviceKey(rawName, id), node: rawName, id }));
  return { node: rawName, devices: mergeRepeated(devices), isGuessed: false };
}

/** A device that is named several times did as many parts of the work. */
function mergeRepeated(devices: readonly PlacedDevice[]): readonly PlacedDevice[] {
  const counts = new Map<string, number>();
  for (const { key } of devices) counts.set(key, (counts.get(key) ?? 0) + 1);
  if (counts.size === devices.length) return devices;
  const unique = new Map(devices.map((device) => [device.key, device]));
  return [...unique.values()].map((device) => ({
    ...device,
    share: (counts.get(device.key) ?? 1) / devices.length,
  }));
}

function placedDevice(finder: NodeFinder, node: NodeOptions, id: string): PlacedDevice {
  const configured = finder.deviceOf(node, id) ?? { id };
  return { ...configured, key: deviceKey(node.name, id), node: node.name };
}

function onNode(
  { name, aliases: _, ...configured }: NodeOptions,
  devices: readonly PlacedDevice[],
  isGuessed: boolean,
): Placement {
  return { ...configured, node: name, devices, isGuessed };
}

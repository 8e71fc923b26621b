import { type Device, deviceKey } from "@wattspan/footprint";
import type { NodeOptions } from "../pipeline-options.ts";
import type { Placement } from "../trace/place-worker.ts";

/** Everything of a node that has a meter, as a ledger takes it; `isSampled`: its work is seen in part only. */
export function devicesOfNode(node: NodeOptions, isSampled: boolean): readonly Device[] {
  const named = (id: string) => ({ key: deviceKey(node.name, id), node: node.name });
  return [
    ...node.devices.map(({ embodiedKg: _, ...device }) => ({
      ...device,
      isSampled,
      ...named(device.id),
    })),
    ...(node.host?.devices ?? []).map((device) => ({
      ...device,
      isHost: true,
      ...named(device.id),
    })),
  ];
}

/** Keys of the CPUs and memory of a phase's machine, which its phases share. */
export function hostKeysOf(placement: Placement): readonly string[] {
  if ("missing" in placement) return [];
  return (placement.host?.devices ?? []).map(({ id }) => deviceKey(placement.node, id));
}

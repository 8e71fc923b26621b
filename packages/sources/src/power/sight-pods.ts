import { type DeviceReading, deviceKey, type PodSighting } from "@wattspan/footprint";
import type { PlacedReading } from "./meter-table.ts";
import type { MeteredNode } from "./place-device.ts";

/** Ids of configured parts of boards, by board and by what exporters call the part. */
export function partIdsOf(nodes: readonly MeteredNode[]): ReadonlyMap<string, string> {
  return new Map(
    nodes.flatMap(({ name, devices }) =>
      devices.flatMap(({ id, instances = [] }) =>
        instances.flatMap(({ id: part, gpuInstance }): [string, string][] =>
          gpuInstance === undefined ? [] : [[`${deviceKey(name, id)} ${gpuInstance}`, part]],
        ),
      ),
    ),
  );
}

/** Which pods a reading says had its device, or the configured part of it. */
export function sightingsOf(
  { node, id }: { readonly node: string; readonly id: string },
  { at, pods = [] }: DeviceReading & Partial<PlacedReading>,
  partIds: ReadonlyMap<string, string>,
): readonly PodSighting[] {
  return pods.map(({ pod, namespace, part }) => ({
    pod,
    node,
    id: partIds.get(`${deviceKey(node, id)} ${part}`) ?? id,
    at,
    ...(namespace === undefined ? {} : { namespace }),
  }));
}

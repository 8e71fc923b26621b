import type { NodeOptions } from "../pipeline-options.ts";

/** The grid zones of nodes over time: where a figure has to be cut because a factor changes. */
export interface ZoneHistory {
  /** Zones that a phase on the node may have in an epoch, the first configured first. */
  zonesOf(node: string, epoch: number): readonly string[];
  /** Zones of `nodes` hold from `epoch` on; phases that started before keep theirs. */
  renew(nodes: readonly NodeOptions[], epoch: number): void;
}

const NO_ZONES: readonly string[] = [];

/** Starts with zones that hold for all time. */
export function createZoneHistory(nodes: readonly NodeOptions[]): ZoneHistory {
  const byNode = new Map<string, { readonly epoch: number; readonly zones: readonly string[] }[]>();

  function renew(renewed: readonly NodeOptions[], epoch: number): void {
    for (const { name, zone } of renewed) {
      if (zone === undefined) continue;
      const versions = byNode.get(name) ?? [];
      byNode.set(name, versions);
      const zones = versions[0]?.zones ?? NO_ZONES;
      if (!zones.includes(zone)) versions.unshift({ epoch, zones: [...zones, zone] });
    }
  }

  renew(nodes, -Infinity);
  return {
    zonesOf: (node, epoch) =>
      byNode.get(node)?.find((version) => version.epoch <= epoch)?.zones ?? NO_ZONES,
    renew,
  };
}

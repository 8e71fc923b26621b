import type { NodeOptions, WorkerRow } from "../pipeline-options.ts";
import { createPlacement, type Place } from "./place-worker.ts";
import type { PodDevices } from "./pod-devices.ts";

/** What is configured of machines and of who ran on them. */
export interface Fleet {
  readonly nodes: readonly NodeOptions[];
  readonly workers: readonly WorkerRow[];
}

/** Placement by the fleet that was configured when a phase started. */
export interface PlacementHistory {
  readonly place: Place;
  /** Phases that start from now on are placed by `fleet`. */
  renew(fleet: Fleet, fromUnixNano: bigint): void;
}

/** Starts with a fleet that holds for all time before the first renewal. */
export function createPlacementHistory(
  { nodes, workers }: Fleet,
  pods: PodDevices,
): PlacementHistory {
  const first = createPlacement(nodes, workers, pods);
  const later: { readonly fromUnixNano: bigint; readonly place: Place }[] = [];
  return {
    place(worker, deviceIds, startUnixNano) {
      const valid = later.find(({ fromUnixNano }) => startUnixNano >= fromUnixNano);
      return (valid?.place ?? first)(worker, deviceIds, startUnixNano);
    },
    renew(fleet, fromUnixNano) {
      later.unshift({ fromUnixNano, place: createPlacement(fleet.nodes, fleet.workers, pods) });
    },
  };
}

import { compareInstants, elapsedNs, type Instant, type PodSighting } from "@wattspan/footprint";

/** A pod's devices that were not seen for this long before its latest are no longer its own. */
const GONE_NS = 300e9;
/** Pods that are remembered; the one that was not seen for longest is forgotten first. */
const MAX_PODS = 10_000;

/** A device that a pod was given. */
export interface PodDevice {
  readonly node: string;
  readonly id: string;
}

/** Which devices pods have, by the labels of their meters. */
export interface PodDevices {
  note(sightings: readonly PodSighting[]): void;
  /** The pod's devices, sorted; none where no meter named it, or without a namespace pods of several. */
  devicesOf(pod: string, namespace: string | undefined): readonly PodDevice[];
}

interface Pod {
  readonly devices: Map<string, PodDevice & { readonly at: Instant }>;
  latest: Instant;
}

/** Creates the memory of pods; the same for any order of sightings within five minutes. */
export function createPodDevices(): PodDevices {
  const pods = new Map<string, Map<string, Pod>>();

  function noteOne({ pod, namespace = "", node, id, at }: PodSighting): void {
    const spaces = pods.get(pod) ?? new Map<string, Pod>();
    pods.delete(pod);
    pods.set(pod, spaces);
    const known = spaces.get(namespace) ?? { devices: new Map(), latest: at };
    spaces.set(namespace, known);
    if (compareInstants(at, known.latest) > 0) known.latest = at;
    const key = `${node}/${id}`;
    const before = known.devices.get(key);
    if (before === undefined || compareInstants(at, before.at) > 0) {
      known.devices.set(key, { node, id, at });
    }
    for (const [other, seen] of known.devices) {
      if (elapsedNs(seen.at, known.latest) > GONE_NS) known.devices.delete(other);
    }
  }

  return {
    note(sightings) {
      for (const sighting of sightings) noteOne(sighting);
      for (const pod of pods.keys()) {
        if (pods.size <= MAX_PODS) break;
        pods.delete(pod);
      }
    },
    devicesOf(pod, namespace) {
      const spaces = pods.get(pod);
      if (spaces === undefined) return [];
      const [only, ...others] = namespace === undefined ? spaces.values() : [];
      const found =
        namespace === undefined
          ? others.length > 0
            ? undefined
            : only
          : (spaces.get(namespace) ?? spaces.get(""));
      return [...(found?.devices.entries() ?? [])]
        .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
        .map(([, { node, id }]) => ({ node, id }));
    },
  };
}

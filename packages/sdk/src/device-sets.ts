import { type DeviceShare, deviceKey } from "@wattspan/footprint";

/** A set of devices, and what a phase on it is charged by. */
export interface DeviceSet {
  /** Each once. */
  readonly ids: readonly string[];
  readonly shares: readonly DeviceShare[];
  /** Highest plausible tokens per second of each. */
  readonly rates: readonly (number | undefined)[];
}

/** Sets of devices as spans name them. */
export interface DeviceSets {
  of(ids: readonly string[]): DeviceSet;
  /** Forgets what was made of descriptions that have changed. */
  clear(): void;
}

/** Names come from spans: any number of them. */
const MAX_SETS = 256;

/** Creates the sets of a node's devices; each is made once. */
export function createDeviceSets(
  node: string,
  rateOf: (id: string) => number | undefined,
): DeviceSets {
  const sets = new Map<string, DeviceSet>();
  return {
    of(ids) {
      const key = ids.length === 1 ? (ids[0] as string) : JSON.stringify(ids);
      const known = sets.get(key);
      if (known !== undefined) return known;
      const unique = [...new Set(ids)];
      const found = {
        ids: unique,
        shares: unique.map((id) => ({ device: deviceKey(node, id), share: 1 / unique.length })),
        rates: unique.map(rateOf),
      };
      if (sets.size >= MAX_SETS) sets.clear();
      sets.set(key, found);
      return found;
    },
    clear: () => sets.clear(),
  };
}

/** A machine as it is configured. */
export interface MeteredNode {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly devices: readonly MeteredBoard[];
}

/** A device with the only meter of its parts, if it has parts. */
export interface MeteredBoard {
  readonly id: string;
  readonly model?: string;
  readonly idleWatts?: number;
  readonly instances?: readonly BoardInstance[];
}

/** A part of a board, such as a MIG instance. */
export interface BoardInstance {
  readonly id: string;
  /** How many of the board's slices it has. */
  readonly slices: number;
  /** What the exporter calls it: `GPU_I_ID`. */
  readonly gpuInstance?: string;
}

/** The node of a device; undefined where neither names nor configuration tell. */
export type PlaceDevice = (id: string, names: readonly string[]) => string | undefined;

/**
 * Creates the search for a device's node: the configured one that a name says, unless the device is configured on
 * exactly one other (an exporter in a pod may name the pod); else the first name as it is.
 */
export function createPlaceDevice(nodes: readonly MeteredNode[]): PlaceDevice {
  const byName = new Map<string, MeteredNode>();
  const byDevice = new Map<string, MeteredNode | undefined>();
  for (const node of nodes) {
    if (!byName.has(node.name)) byName.set(node.name, node);
    for (const { id } of node.devices) byDevice.set(id, byDevice.has(id) ? undefined : node);
  }
  for (const node of nodes) {
    for (const alias of node.aliases) if (!byName.has(alias)) byName.set(alias, node);
  }
  return (id, names) => {
    const named = names.map((name) => byName.get(name)).find((node) => node !== undefined);
    if (named?.devices.some((device) => device.id === id)) return named.name;
    return (byDevice.get(id) ?? named)?.name ?? names[0];
  };
}

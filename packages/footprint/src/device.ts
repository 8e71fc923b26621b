/** A physical device with a meter of its own, as the ledger needs to know it. */
export interface Device {
  /** `node/id`, unique in a ledger. */
  readonly key: string;
  readonly node: string;
  /** `hw.id` of the device, e.g. `GPU-5fd4f087-86f3-7a43-b711-4771313afc50`. */
  readonly id: string;
  /** Idle power `P0` in watts, from configuration or the device model, never from readings. */
  readonly idleWatts?: number;
  /** Highest power the device can draw, in watts. */
  readonly maxWatts?: number;
  /** CPUs and memory of the machine, which all phases on it share by a rule of their own. */
  readonly isHost?: boolean;
  /** Only some traces of its work are seen: what it draws while none is, is work nevertheless. */
  readonly isSampled?: boolean;
}

/** The key under which a ledger knows the device `id` of `node`. */
export function deviceKey(node: string, id: string): string {
  return `${node}/${id}`;
}

import type { Endpoint } from "./receive/bind-server.ts";

/** Something that listens. */
export interface Listener {
  /** The address bound, with the real port. */
  readonly address: Endpoint;
  shutdown(withinMs?: number): Promise<void>;
}

/** Opens the listeners in order; where one fails those before it are closed again. Absent ones stay absent. */
export async function openListeners<K extends string>(
  open: readonly (readonly [key: K, open: (() => Promise<Listener>) | undefined])[],
): Promise<ReadonlyMap<K, Listener>> {
  const listeners = new Map<K, Listener>();
  try {
    for (const [key, openOne] of open) {
      if (openOne !== undefined) listeners.set(key, await openOne());
    }
  } catch (error) {
    await Promise.all([...listeners.values()].map((listener) => listener.shutdown(0)));
    throw error;
  }
  return listeners;
}

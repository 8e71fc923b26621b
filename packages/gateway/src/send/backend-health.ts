import type { Log } from "../log.ts";

/** Whether a backend takes what it is sent; writes a line when that changes. */
export interface BackendHealth {
  /** True where it was failing before. */
  succeeded(): boolean;
  failed(message: string): void;
  /** It has taken nothing for `downAfterMs` since a first failure. */
  isDown(): boolean;
}

/** A backend counts as healthy until it fails; times in ms. */
export function createBackendHealth(options: {
  readonly backend: string;
  readonly log: Log;
  readonly downAfterMs: number;
  readonly now: () => number;
}): BackendHealth {
  const { backend, log, downAfterMs, now } = options;
  let failingSinceMs: number | undefined;
  return {
    succeeded() {
      if (failingSinceMs === undefined) return false;
      log.info("backend takes data again", {
        about: backend,
        afterMs: Math.round(now() - failingSinceMs),
      });
      failingSinceMs = undefined;
      return true;
    },
    failed(message) {
      if (failingSinceMs !== undefined) return;
      failingSinceMs = now();
      log.warn("backend takes no data", { about: backend, error: message });
    },
    isDown: () => failingSinceMs !== undefined && now() - failingSinceMs >= downAfterMs,
  };
}

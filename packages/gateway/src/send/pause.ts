/** Waits that can be cut short all at once. */
export interface Pause {
  /** Resolves after `ms`, or when woken. */
  sleep(ms: number): Promise<void>;
  /** Ends every sleep of now. */
  wakeAll(): void;
}

/** A pause without sleepers. */
export function createPause(): Pause {
  const sleepers = new Set<() => void>();
  return {
    sleep: (ms) =>
      new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          sleepers.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        sleepers.add(wake);
      }),
    wakeAll() {
      for (const wake of [...sleepers]) wake();
    },
  };
}

/** Longest pause between attempts that fail. */
const MAX_BACK_OFF_MS = 60_000;

/** Something that is done again and again, one at a time. */
export interface Poll {
  start(): void;
  /** Does it now, or waits for the one under way. */
  flush(): Promise<void>;
  /** Safe twice and without start. */
  shutdown(): void;
}

/**
 * Creates a poll of `attempt`, which says whether it succeeded and must not throw. The pause doubles with each failure
 * after the first, up to a minute or the interval, the longer; keeps no process alive.
 */
export function createPoll(attempt: () => Promise<boolean>, intervalMs: number): Poll {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let failures = 0;
  let isOn = false;

  function pauseMs(): number {
    const longestMs = Math.max(MAX_BACK_OFF_MS, intervalMs);
    return Math.min(longestMs, intervalMs * 2 ** Math.max(0, failures - 1));
  }

  async function run(): Promise<void> {
    clearTimeout(timer);
    failures = (await attempt()) ? 0 : failures + 1;
    running = undefined;
    if (isOn) timer = setTimeout(begin, pauseMs()).unref();
  }

  function begin(): void {
    running ??= run();
  }

  return {
    start() {
      isOn = true;
      begin();
    },
    async flush() {
      if (!isOn) return;
      begin();
      await running;
    },
    shutdown() {
      isOn = false;
      clearTimeout(timer);
    },
  };
}

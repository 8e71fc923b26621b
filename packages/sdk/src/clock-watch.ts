/** A jump of the wall clock against the monotonic one, times in ms since 1970. */
export interface ClockStep {
  readonly stepMs: number;
  /** The stretch of wall time in which times cannot be told apart. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Slewing by a time daemon is slower than this between two looks. */
const LEAST_STEP_MS = 250;

/** Creates a function that tells whether the wall clock stepped since it was last called. */
export function createClockWatch(
  wallMs: () => number,
  monotonicMs: () => number,
): () => ClockStep | undefined {
  let wall = wallMs();
  let monotonic = monotonicMs();
  return () => {
    const before = wall;
    const elapsedMs = monotonicMs() - monotonic;
    monotonic += elapsedMs;
    wall = wallMs();
    const stepMs = wall - before - elapsedMs;
    if (Math.abs(stepMs) < LEAST_STEP_MS) return undefined;
    return {
      stepMs,
      fromMs: Math.min(before, wall - elapsedMs),
      toMs: Math.max(before + elapsedMs, wall),
    };
  };
}

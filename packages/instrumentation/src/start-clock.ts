import type { HrTime } from "@opentelemetry/api";

/** Wall-clock time in ms since 1970 that never runs backwards: read once, then counted monotonically. */
export function startClock(): () => number {
  const wallMs = Date.now();
  const startedMs = performance.now();
  return () => wallMs + (performance.now() - startedMs);
}

/** A time in ms since 1970 as whole seconds and ns. */
export function hrTimeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.min(999_999_999, Math.round((ms - seconds * 1000) * 1e6));
  return [seconds, nanos];
}

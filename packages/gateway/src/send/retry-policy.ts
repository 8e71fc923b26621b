/** When and how long a failed request is tried again; times in ms. */
export interface RetryPolicy {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  /** Growth from one delay to the next. */
  readonly multiplier: number;
  /** A request is given up when an attempt fails this long after its first; may be Infinity. */
  readonly maxElapsedMs: number;
}

/** The Collector's defaults. */
export const defaultRetryPolicy: RetryPolicy = {
  initialDelayMs: 5000,
  maxDelayMs: 30_000,
  multiplier: 1.5,
  maxElapsedMs: 300_000,
};

const longestRetryAfterMs = 300_000;

/** The statuses that OTLP/HTTP lets a sender repeat. */
export function isRetryableStatus(httpStatus: number): boolean {
  return [429, 502, 503, 504].includes(httpStatus);
}

/** Delay before the attempt after `failures` failed ones, spread by half to both sides; `random` in [0, 1). */
export function backoffMs(policy: RetryPolicy, failures: number, random: number): number {
  const delayMs = Math.min(
    policy.maxDelayMs,
    policy.initialDelayMs * policy.multiplier ** Math.max(0, failures - 1),
  );
  return delayMs * (0.5 + random);
}

/** Milliseconds that a Retry-After header asks for, as seconds or as an HTTP date; undefined if it says nothing, at most 5 min. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : untilDate(text, nowMs);
  return waitMs === undefined ? undefined : Math.min(longestRetryAfterMs, Math.max(0, waitMs));
}

// Date.parse alone would take "-5" and "1.5" for dates.
function untilDate(text: string, nowMs: number): number | undefined {
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? undefined : dateMs - nowMs;
}

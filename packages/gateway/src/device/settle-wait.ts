const BUCKETS_PER_OCTAVE = 8;
const BUCKETS = 256;
/** Durations are kept in two halves of the hour that the percentile looks back on. */
const HALF_HOUR_MS = 1_800_000;
/** Fewer durations than this say nothing about a 99.9th percentile. */
const ENOUGH = 1000;

/** How long to wait after a moment until no phase can still be open over it. */
export interface SettleWait {
  record(durationMs: number, nowMs: number): void;
  /** 99.9th percentile of the last hour's durations; with little history twice the longest seen, ms. */
  waitMs(): number;
}

/** Creates the wait of one device, without history. */
export function createSettleWait(): SettleWait {
  let current = new Uint32Array(BUCKETS);
  let previous = new Uint32Array(BUCKETS);
  let since = Number.NEGATIVE_INFINITY;
  let total = 0;
  let longestMs = 0;
  /** Asked of every phase that is held, twice a second; undefined where it has to be found anew. */
  let knownMs: number | undefined;

  function percentileMs(): number {
    let above = total * 0.001;
    let bucket = BUCKETS - 1;
    for (; bucket > 0; bucket--) {
      above -= (current[bucket] as number) + (previous[bucket] as number);
      if (above < 0) break;
    }
    return 2 ** (bucket / BUCKETS_PER_OCTAVE);
  }

  return {
    record(durationMs, nowMs) {
      knownMs = undefined;
      if (nowMs - since > HALF_HOUR_MS) {
        previous = current;
        current = new Uint32Array(BUCKETS);
        since = nowMs;
        total = previous.reduce((sum, count) => sum + count, 0);
      }
      const bucket = Math.ceil(Math.log2(Math.max(1, durationMs)) * BUCKETS_PER_OCTAVE);
      const at = Math.min(BUCKETS - 1, bucket);
      current[at] = (current[at] as number) + 1;
      total++;
      longestMs = Math.max(longestMs, durationMs);
    },
    waitMs() {
      knownMs ??= total < ENOUGH ? 2 * longestMs : percentileMs();
      return knownMs;
    },
  };
}

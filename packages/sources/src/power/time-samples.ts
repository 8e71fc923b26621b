import {
  addNs,
  compareInstants,
  elapsedNs,
  type Instant,
  type MeterKind,
} from "@wattspan/footprint";

/** When a meter had a value: in `[earliest, at]`. */
export interface SampleTime {
  readonly earliest: Instant;
  readonly at: Instant;
}

/** Gives times to values that are served from a cache without one. */
export interface SampleTimer {
  /**
   * Takes the value of a look that was asked for and answered at these times; undefined where it tells nothing new.
   * Looks that are not later than the last are passed over.
   */
  take(value: number, asked: Instant, answered: Instant): SampleTime | undefined;
}

/**
 * Creates the timer of one series whose values are at most `maxAgeMs` old when served. A changed value came after the
 * last look that still showed the old one. An unchanged counter is a repeat; an unchanged power is a new sample once
 * the cache must have been renewed. A power that is a mean over `windowMs` reaches back as much further: somewhere in
 * that window lies its middle joule.
 */
export function createSampleTimer(kind: MeterKind, maxAgeMs: number, windowMs = 0): SampleTimer {
  const maxAgeNs = maxAgeMs * 1e6;
  const windowNs = windowMs * 1e6;
  let last: { value: number; asked: Instant; answered: Instant; given: Instant } | undefined;
  return {
    take(value, asked, answered) {
      const before = last;
      if (before !== undefined && compareInstants(answered, before.answered) <= 0) return undefined;
      const isChanged = before?.value !== value;
      const isRenewed =
        kind === "power" && before !== undefined && elapsedNs(before.given, answered) >= maxAgeNs;
      const isNew = isChanged || isRenewed;
      last = {
        value,
        asked,
        answered,
        given: isNew || before === undefined ? answered : before.given,
      };
      if (!isNew) return undefined;
      const oldest = addNs(answered, -maxAgeNs);
      const isSeen = isChanged && before !== undefined && elapsedNs(oldest, before.asked) > 0;
      return { earliest: addNs(isSeen ? before.asked : oldest, -windowNs), at: answered };
    },
  };
}

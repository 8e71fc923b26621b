import type { Instant } from "@wattspan/footprint";

/** The first instant that every table covers. */
export const firstInstant: Instant = { epoch: 0, ns: 0 };

/** Where an open interval ends: the year 9999. */
export const lastInstant: Instant = yearStart(9999);

/** The start of a year, UTC. */
export function yearStart(year: number): Instant {
  return { epoch: Date.UTC(year, 0, 1) / 60_000, ns: 0 };
}

import type { Instant } from "@wattspan/footprint";

/** The system's wall clock, to the fraction of a ms that it has. */
export function systemNow(): Instant {
  const ms = Date.now();
  const epoch = Math.floor(ms / 60_000);
  return { epoch, ns: (ms - epoch * 60_000) * 1e6 };
}

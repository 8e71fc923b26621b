/** A slow meter is waited for this multiple of its observed lag, at most ten minutes. */
const LAG_FACTOR = 1.5;
const MAX_METER_WAIT_MS = 600_000;

/** How long after a phase's end its meter is waited for, ms, by the longest lag seen of it. */
export function meterWaitMs(lagMs: number, lingerMs: number): number {
  return Math.min(MAX_METER_WAIT_MS, Math.max(lingerMs, lagMs * LAG_FACTOR));
}

import type { Instant } from "@wattspan/footprint";

const stamp = /^(\d{4})\/(\d{2})\/(\d{2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?$/;

/**
 * The instant of a local time `YYYY/MM/DD HH:MM:SS.msec`, which names no zone, on a clock `utcOffsetMinutes`
 * ahead of UTC; undefined for another text or a day that does not exist.
 */
export function parseLocalTime(text: string, utcOffsetMinutes: number): Instant | undefined {
  const match = stamp.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number);
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(localMs);
  const isReal =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  if (!isReal) return undefined;
  const fractionNs = Number((match[7] ?? "").padEnd(9, "0"));
  return instantAt(localMs - utcOffsetMinutes * 60_000, fractionNs);
}

/** The instant of a number of milliseconds since 1970, which may have decimals; undefined for another text. */
export function parseEpochMs(text: string): Instant | undefined {
  const match = /^(\d{1,15})(?:\.(\d{1,6})\d*)?$/.exec(text);
  if (match === null) return undefined;
  return instantAt(Number(match[1]), Number((match[2] ?? "").padEnd(6, "0")));
}

function instantAt(wholeMs: number, extraNs: number): Instant | undefined {
  if (wholeMs < 0) return undefined;
  const epoch = Math.floor(wholeMs / 60_000);
  return { epoch, ns: (wholeMs - epoch * 60_000) * 1_000_000 + extraNs };
}

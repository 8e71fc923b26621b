import { type MeterReading, unixMsOf } from "@wattspan/footprint";

/** A stretch of time with its mean power; ms and watts. */
interface PowerInterval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly watts: number;
}

/** A stretch in which a device worked, ms. */
export interface BusyWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Power of a device with nothing running. */
export interface MeasuredIdle {
  /** Median over the empty intervals. */
  readonly watts: number;
  readonly seconds: number;
  readonly intervals: number;
}

/** Keeps the last intervals between readings of each device, to tell its idle power. */
export interface IdleWatch {
  add(readings: readonly MeterReading[]): void;
  /** Undefined where fewer than 3 intervals or 30 s before `untilMs` met no busy window. */
  idleOf(device: string, busy: readonly BusyWindow[], untilMs: number): MeasuredIdle | undefined;
}

const MAX_INTERVALS = 256;
const MIN_INTERVALS = 3;
const MIN_SECONDS = 30;

/** Creates the watch; intervals longer than the gaps are passed over, as are modelled readings. */
export function createIdleWatch(gaps: {
  readonly maxCounterGapMs: number;
  readonly maxPowerGapMs: number;
}): IdleWatch {
  const last = new Map<string, { atMs: number; value: number }>();
  const intervals = new Map<string, PowerInterval[]>();

  function addReading({ device, kind, value, at, modelled }: MeterReading): void {
    if (modelled === true) return;
    const key = `${kind} ${device}`;
    const atMs = unixMsOf(at);
    const before = last.get(key);
    if (before !== undefined && before.atMs >= atMs) return;
    last.set(key, { atMs, value });
    const maxMs = kind === "counter" ? gaps.maxCounterGapMs : gaps.maxPowerGapMs;
    if (before === undefined || atMs - before.atMs > maxMs) return;
    const watts =
      kind === "counter"
        ? ((value - before.value) * 1000) / (atMs - before.atMs)
        : (value + before.value) / 2;
    if (!(watts >= 0)) return;
    const kept = intervals.get(device) ?? [];
    intervals.set(device, kept);
    kept.push({ fromMs: before.atMs, toMs: atMs, watts });
    if (kept.length > MAX_INTERVALS) kept.shift();
  }

  return {
    add(readings) {
      for (const reading of readings) addReading(reading);
    },
    idleOf(device, busy, untilMs) {
      const empty = (intervals.get(device) ?? []).filter(
        ({ fromMs, toMs }) =>
          toMs <= untilMs && !busy.some((window) => window.fromMs < toMs && fromMs < window.toMs),
      );
      const seconds = empty.reduce((sum, { fromMs, toMs }) => sum + (toMs - fromMs) / 1000, 0);
      if (empty.length < MIN_INTERVALS || seconds < MIN_SECONDS) return undefined;
      const sorted = empty.map(({ watts }) => watts).sort((a, b) => a - b);
      const watts = sorted[Math.floor(sorted.length / 2)] as number;
      return { watts, seconds, intervals: empty.length };
    },
  };
}

/** The windows joined where they meet, in order. */
export function mergeWindows(windows: readonly BusyWindow[]): BusyWindow[] {
  const merged: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of [...windows].sort((a, b) => a.fromMs - b.fromMs)) {
    const end = merged.at(-1);
    if (end !== undefined && fromMs <= end.toMs) end.toMs = Math.max(end.toMs, toMs);
    else merged.push({ fromMs, toMs });
  }
  return merged;
}

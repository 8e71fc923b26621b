import { elapsedNs, type Instant, type MeterReading } from "@wattspan/footprint";

/** Where readings come from: metrics that were sent, or what is handed to the pipeline. */
export type ReadingSource = "otlp" | "own";

/** A source that says nothing for this long loses its device: three of OpenTelemetry's default export intervals, ns. */
const GRACE_NS = 180e9;

/** Keeps every device to one source; the readings that may pass, and how many may not. */
export type GuardSources = (
  readings: readonly MeterReading[],
  source: ReadingSource,
) => { readonly passed: readonly MeterReading[]; readonly refused: number };

interface Holder {
  readonly source: ReadingSource;
  /** Latest reading that passed. */
  lastAt: Instant;
  /** Set where the device was taken over: nothing before it passes, and its counter starts anew at 0 J. */
  readonly from?: Instant;
  offsetJoules?: number;
}

/**
 * Creates the guard: two views of one counter lag differently, and a mixture of both is neither. The first source of a
 * device keeps it until, by the times of readings, it was silent for three minutes. The joules between the two are
 * unknown: the other's counter starts at 0 J, which the ledger takes for a reset.
 */
export function createSourceGuard(): GuardSources {
  const holders = new Map<string, Holder>();

  function pass(reading: MeterReading, source: ReadingSource): MeterReading | undefined {
    const { device, at } = reading;
    const known = holders.get(device);
    if (known === undefined) {
      holders.set(device, { source, lastAt: at });
      return reading;
    }
    const sinceNs = elapsedNs(known.lastAt, at);
    if (known.source === source) {
      if (sinceNs > 0) known.lastAt = at;
      return continued(known, reading);
    }
    if (sinceNs <= GRACE_NS) return undefined;
    const next: Holder = { source, lastAt: at, from: at };
    holders.set(device, next);
    return continued(next, reading);
  }

  return (readings, source) => {
    const passed = readings.flatMap((reading) => pass(reading, source) ?? []);
    return { passed, refused: readings.length - passed.length };
  };
}

function continued(holder: Holder, reading: MeterReading): MeterReading | undefined {
  if (holder.from === undefined) return reading;
  if (elapsedNs(holder.from, reading.at) < 0) return undefined;
  if (reading.kind !== "counter") return reading;
  holder.offsetJoules ??= -reading.value;
  return { ...reading, value: reading.value + holder.offsetJoules };
}

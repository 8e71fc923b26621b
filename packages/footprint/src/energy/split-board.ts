import type { MeterReading } from "./meter-reading.ts";

/** A part of a board, such as a MIG instance: a device whose energy is only known as a share of the board's. */
export interface BoardPart {
  /** Key of the part, `node/id`. */
  readonly key: string;
  /** Of the board's energy; those of a board sum to 1. */
  readonly share: number;
}

/**
 * Readings as those of the parts, where the device is a board that has parts; the board's own are not among them, or
 * each joule would be there twice. Σ parts = board.
 */
export function splitBoards(
  readings: readonly MeterReading[],
  partsOf: ReadonlyMap<string, readonly BoardPart[]>,
): readonly MeterReading[] {
  if (partsOf.size === 0) return readings;
  return readings.flatMap((reading) => {
    const parts = partsOf.get(reading.device);
    if (parts === undefined) return [reading];
    return parts.map(({ key, share }) => ({
      ...reading,
      device: key,
      value: reading.value * share,
    }));
  });
}

import type { Footprint, FootprintStatus } from "./footprint.ts";

/** Inclusive figures of a request or a trace: after PUE, present only where every part has one. */
export interface RollUp {
  readonly status: FootprintStatus;
  /** Joules at the meter. */
  readonly meterJoules?: number;
  /** Joules after PUE. */
  readonly totalJoules?: number;
  readonly lowerJoules?: number;
  readonly upperJoules?: number;
  readonly gramsCo2e?: number;
}

const WORST_FIRST: readonly FootprintStatus[] = [
  "missing",
  "estimated",
  "partial",
  "provisional",
  "measured",
];

/** Sums phases of one class, all metered or all estimated; else there is no figure and the status is `partial`. */
export function rollUp(parts: readonly Footprint[]): RollUp {
  const figures = parts.map((part) => part.energy);
  const estimated = parts.filter((part) => part.status === "estimated").length;
  const isOneClass = estimated === 0 || estimated === parts.length;
  if (parts.length === 0) return { status: "missing" };
  if (figures.some((energy) => energy === undefined) || !isOneClass) {
    return { status: figures.every((energy) => energy === undefined) ? "missing" : "partial" };
  }
  let meterJoules = 0;
  let totalJoules = 0;
  let lowerJoules = 0;
  let upperJoules = 0;
  let gramsCo2e = 0;
  for (const part of parts) {
    meterJoules += part.energy?.energyJoules ?? 0;
    totalJoules += (part.energy?.energyJoules ?? 0) * part.pue;
    lowerJoules += part.energy?.lowerJoules ?? 0;
    upperJoules += part.energy?.upperJoules ?? 0;
    gramsCo2e += part.gramsCo2e ?? 0;
  }
  const status = WORST_FIRST.find((one) => parts.some((part) => part.status === one)) ?? "missing";
  const hasGrams = parts.every((part) => part.gramsCo2e !== undefined);
  return {
    status,
    meterJoules,
    totalJoules,
    lowerJoules,
    ...(upperJoules < Infinity ? { upperJoules } : {}),
    ...(hasGrams ? { gramsCo2e } : {}),
  };
}

/** Decade of a request's joules for backends that search text only: `10-100 J`. */
export function energyBandOf(joules: number): string {
  const decade = Math.max(-3, Math.floor(Math.log10(Math.max(joules, 1e-3))));
  return `${Number((10 ** decade).toPrecision(1))}-${Number((10 ** (decade + 1)).toPrecision(1))} J`;
}

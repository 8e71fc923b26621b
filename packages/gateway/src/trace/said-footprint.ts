import type { Footprint } from "@wattspan/footprint";

/** As much of a figure as was said of it: enough for sums and corrections. */
export interface SaidFigure {
  readonly status: Footprint["status"];
  readonly pue: number;
  /** Joules at the meter; absent where there is no figure. */
  readonly energyJoules?: number;
  readonly lowerJoules?: number;
  readonly upperJoules?: number;
  readonly gramsCo2e?: number;
}

/** A footprint that says just that. */
export function saidFootprint(said: SaidFigure): Footprint {
  const { status, pue, energyJoules, gramsCo2e } = said;
  const grams = gramsCo2e === undefined ? {} : { gramsCo2e };
  if (energyJoules === undefined) return { status, pue, ...grams };
  return {
    status,
    pue,
    ...grams,
    energy: {
      energyJoules,
      dynamicJoules: energyJoules,
      idleJoules: 0,
      lowerJoules: said.lowerJoules ?? energyJoules,
      upperJoules: said.upperJoules ?? Infinity,
      windowJoules: energyJoules,
      coverage: 1,
      devices: [],
    },
  };
}

import type { DeviceEnergy, Footprint } from "@wattspan/footprint";

/** As much of a figure as was said of it: enough for sums and corrections. */
export interface SaidFigure {
  readonly status: Footprint["status"];
  readonly pue: number;
  /** Joules at the meter; absent where there is no figure. */
  readonly energyJoules?: number;
  readonly lowerJoules?: number;
  readonly upperJoules?: number;
  readonly gramsCo2e?: number;
  readonly embodiedGrams?: number;
  /** The host's part of `energyJoules`. */
  readonly hostJoules?: number;
}

/** A footprint that says just that. */
export function saidFootprint(said: SaidFigure): Footprint {
  const { status, pue, energyJoules, gramsCo2e, embodiedGrams, hostJoules } = said;
  const grams = {
    ...(gramsCo2e === undefined ? {} : { gramsCo2e }),
    ...(embodiedGrams === undefined ? {} : { embodiedGrams }),
  };
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
      devices: hostJoules === undefined ? [] : [hostOf(hostJoules)],
    },
  };
}

/** A host of which only its joules are known. */
function hostOf(joules: number): DeviceEnergy {
  return {
    device: { key: "", node: "", id: "", isHost: true },
    dynamicJoules: joules,
    idleJoules: 0,
    lowerJoules: joules,
    upperJoules: Infinity,
    coveredNs: 0,
    windowJoules: joules,
    slices: [],
    meterKind: undefined,
    isModelled: false,
    idlePolicy: "included",
    timeShape: "uniform",
  };
}

import type { DeviceEnergy, EnergySlice, PhaseEnergy } from "../attribution/sum-energy.ts";

/** One device's energy of 50 J above idle of 100 J metered in 10 s, with changes. */
export function deviceEnergy(id: string, changes: Partial<DeviceEnergy> = {}): DeviceEnergy {
  return {
    device: { key: `n/${id}`, node: "n", id },
    dynamicJoules: 50,
    idleJoules: 0,
    lowerJoules: 40,
    upperJoules: 60,
    coveredNs: 10e9,
    windowJoules: 100,
    slices: [],
    meterKind: "counter",
    isModelled: false,
    idlePolicy: "separate",
    timeShape: "busy",
    ...changes,
  };
}

/** A phase's energy of 50 J, between 40 and 60 J, on these devices. */
export function phaseEnergy(
  devices: readonly DeviceEnergy[],
  changes: Partial<PhaseEnergy> = {},
): PhaseEnergy {
  return {
    dynamicJoules: 50,
    idleJoules: 0,
    energyJoules: 50,
    lowerJoules: 40,
    upperJoules: 60,
    coverage: 1,
    windowJoules: 100,
    devices,
    ...changes,
  };
}

/** Energy at the start of a minute since 1970. */
export const slice = (epoch: number): EnergySlice => ({ epoch, ns: 0, joules: 25 });

import type { DeviceEnergy, PhaseEnergy } from "./attribution/sum-energy.ts";

/** How the energy of a machine's CPUs and memory is shared: by the phases' weights, or by their time. */
export type HostRule = "weight" | "time";

/** Whether a part of a phase's energy is an accelerator's, not a host's. */
export function isAcceleratorPart({ device }: DeviceEnergy): boolean {
  return device.isHost !== true;
}

/** The host's part of a phase's energy, joules at the meter; undefined where no device of a host is in it. */
export function hostJoulesOf({ devices }: PhaseEnergy): number | undefined {
  let joules: number | undefined;
  for (const part of devices) {
    if (!isAcceleratorPart(part)) joules = (joules ?? 0) + part.dynamicJoules + part.idleJoules;
  }
  return joules;
}

/**
 * The share with which a phase stands on a host's device: 1 shares it by weight, seconds by weight make its rate one a
 * second, as every other phase's. The shares of a host's phases need not sum to 1: each is load of its own.
 */
export function hostShareOf(rule: HostRule, weight: number, seconds: number): number {
  return rule === "time" && weight > 0 ? seconds / weight : 1;
}

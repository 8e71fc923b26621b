import type { PhaseEnergy } from "../attribution/sum-energy.ts";
import type { Device } from "../device.ts";
import { isAcceleratorPart } from "../host-energy.ts";
import { type EmbodiedGrams, type EmbodiedKg, embodiedGrams } from "./embodied.ts";

/**
 * Embodied emissions of a phase: each of its devices for the time that readings cover, by the phase's share of the
 * device's energy in that time. Undefined where a device has no known figure.
 */
export function chargeEmbodied(
  { devices }: PhaseEnergy,
  embodiedKgOf: (device: Device) => EmbodiedKg | undefined,
): EmbodiedGrams | undefined {
  const made = devices.filter(isAcceleratorPart);
  const uses = made.flatMap(({ device, dynamicJoules, idleJoules, windowJoules, coveredNs }) => {
    const embodiedKg = embodiedKgOf(device);
    const joules = dynamicJoules + idleJoules;
    const share = windowJoules > 0 ? Math.min(1, joules / windowJoules) : 0;
    return embodiedKg === undefined ? [] : [{ embodiedKg, seconds: coveredNs * 1e-9, share }];
  });
  return uses.length < made.length || uses.length === 0 ? undefined : embodiedGrams(uses);
}

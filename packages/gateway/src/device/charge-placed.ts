import {
  chargePhase,
  elapsedNs,
  hostShareOf,
  implausibilityOf,
  type Phase,
  type PhaseWork,
} from "@wattspan/footprint";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { Placed } from "../trace/place-worker.ts";
import { chargeTermsOf } from "./charge-terms.ts";
import { hostKeysOf } from "./node-devices.ts";

/** A phase as the ledger takes it, on its devices and its machine's CPUs and memory; or why it cannot have run so. */
export function chargePlaced(
  work: PhaseWork,
  placement: Placed,
  attribution: PipelineOptions["attribution"],
): Phase | string {
  const { devices } = placement;
  const rates = devices.map(({ maxTokensPerSecond }) => maxTokensPerSecond);
  const implausible = implausibilityOf(work, rates);
  if (implausible !== undefined) return implausible;
  const shares = devices.map(({ key, share = 1 / devices.length }) => ({ device: key, share }));
  const { terms } = chargeTermsOf(devices, attribution);
  return onHost(chargePhase(work, shares, terms), placement);
}

/** The phase with the machine's CPUs and memory, where those have meters. */
function onHost(phase: Phase, placement: Placed): Phase {
  const { host } = placement;
  if (host === undefined) return phase;
  const share = hostShareOf(host.rule, phase.weight, elapsedNs(phase.start, phase.end) * 1e-9);
  const shares = hostKeysOf(placement).map((device) => ({ device, share }));
  return { ...phase, devices: [...phase.devices, ...shares] };
}

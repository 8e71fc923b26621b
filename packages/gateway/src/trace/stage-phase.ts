import { phaseIdOf } from "@wattspan/footprint";
import type { StagedPhase } from "../device/device-stage.ts";
import type { DerivedPhase } from "./dialects/dialect.ts";
import type { Place } from "./place-worker.ts";

/** The phase as the device stage takes it: placed, and with an id that any machine gives it. */
export function stagePhase(
  traceId: string,
  requestId: string,
  derived: DerivedPhase,
  place: Place,
): StagedPhase {
  const { key, phase, startUnixNano, endUnixNano, processedTokens, includesQueueing } = derived;
  return {
    id: phaseIdOf(traceId, requestId, key),
    phase,
    startUnixNano,
    endUnixNano,
    ...(processedTokens === undefined ? {} : { processedTokens }),
    includesQueueing,
    placement: place(derived.worker, derived.deviceIds, startUnixNano),
    worker: key.split("/").slice(1, -1).join("/"),
  };
}

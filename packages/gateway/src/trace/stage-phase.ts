import { phaseIdOf } from "@wattspan/footprint";
import type { StagedPhase } from "../device/device-stage.ts";
import type { DerivedPhase } from "./dialects/dialect.ts";
import type { Place, Placement } from "./place-worker.ts";

/** The phase as the device stage takes it: placed, and with an id that any machine gives it. */
export function stagePhase(
  traceId: string,
  requestId: string,
  derived: DerivedPhase,
  place: Place,
  probability?: number,
): StagedPhase {
  const { key, phase, startUnixNano, endUnixNano, processedTokens, includesQueueing } = derived;
  const placement = place(derived.worker, derived.deviceIds, startUnixNano);
  return {
    id: phaseIdOf(traceId, requestId, key),
    phase,
    startUnixNano,
    endUnixNano,
    ...(processedTokens === undefined ? {} : { processedTokens }),
    includesQueueing,
    placement,
    queue: queueOf(key, placement),
    ...(probability === undefined ? {} : { probability }),
  };
}

/** The worker by its phases' key and where it ran: engines whose keys name only a service have one queue per pod. */
function queueOf(key: string, placement: Placement): string {
  const worker = key.slice(key.indexOf("/") + 1, key.lastIndexOf("/"));
  const devices = "missing" in placement ? [] : placement.devices.map((device) => device.key);
  return [worker, ...devices].join(" ");
}

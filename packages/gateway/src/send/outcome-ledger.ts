import type { Log } from "../log.ts";
import type { DropReason, Telemetry } from "../telemetry.ts";
import type { PartialSuccess } from "./read-reply.ts";
import type { SendItem } from "./send-queue.ts";

/** Counts what became of each request to one backend, and says so where something was lost. */
export interface OutcomeLedger {
  delivered(item: SendItem, partial: PartialSuccess | undefined, isGarbled: boolean): void;
  dropped(item: SendItem, reason: DropReason, message: string): void;
  retried(item: SendItem, reason: string): void;
}

/** A ledger over the shared counters. */
export function createOutcomeLedger(options: {
  readonly backend: string;
  readonly telemetry: Telemetry;
  readonly log: Log;
}): OutcomeLedger {
  const { backend, telemetry, log } = options;
  return {
    delivered({ signal, itemCount }, partial, isGarbled) {
      telemetry.forwardedRequests.add({ signal, backend });
      const rejected = partial?.rejected ?? 0;
      if (itemCount !== undefined)
        telemetry.forwardedItems.add({ signal, backend }, Math.max(0, itemCount - rejected));
      if (isGarbled) log.warn("backend answers 200 with an unreadable body", { about: backend });
      if (!partial) return;
      const { message } = partial;
      if (rejected === 0) {
        log.warn("backend warns", { about: backend, signal, message });
        return;
      }
      const reason = "backend_refused_partly";
      telemetry.droppedItems.add({ signal, reason, backend }, rejected);
      log.error("backend refused items", { about: backend, signal, rejected, message });
    },
    dropped({ signal, itemCount }, reason, message) {
      telemetry.droppedRequests.add({ signal, reason, backend });
      if (itemCount !== undefined)
        telemetry.droppedItems.add({ signal, reason, backend }, itemCount);
      log.error("data dropped", { about: `${backend} ${reason}`, signal, error: message });
    },
    retried({ signal }, reason) {
      telemetry.retries.add({ signal, backend, reason });
    },
  };
}

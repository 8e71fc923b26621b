import { createDropWatch, type DropWatch } from "./drop-watch.ts";
import type { Log } from "./log.ts";
import type { Pipeline, PipelineObserver } from "./pipeline.ts";
import type { Accept, Verdict } from "./receive/accept.ts";
import { countItems } from "./receive/count-items.ts";
import type { Telemetry } from "./telemetry.ts";
import { createDialectWatch } from "./watch-dialects.ts";

/** What is watched of a pipeline. */
interface Entrance extends Pick<Pipeline, "refusedPhases"> {
  accept(...request: [...Parameters<Accept>, isTrusted?: boolean]): ReturnType<Accept>;
}

/** Counts what a pipeline takes and what it leaves out, and says so once when a kind of loss begins. */
export interface PipelineWatch {
  /** To be told of what is left out. */
  readonly observer: Required<Pick<PipelineObserver, "onUnread" | "onRepeated" | "onDialect">>;
  /** The entrance of `pipeline`, counted; `isTrusted` where it differs from the pipeline's own. */
  watch(pipeline: Entrance, isTrusted?: boolean): Accept;
  /** Looks for phases that were not charged since the last time. */
  tick(): void;
}

/** Creates the watch over one pipeline. */
export function createPipelineWatch(telemetry: Telemetry, log: Log): PipelineWatch {
  const drops: DropWatch = createDropWatch(log);
  const dialects = createDialectWatch(log);
  const seen = new Map<string, number>();
  let watched: Entrance | undefined;
  const refused = (): ReadonlyMap<string, number> => watched?.refusedPhases ?? new Map();
  telemetry.observeCounts(
    "wattspan_uncharged_phases_total",
    "Phases that got no energy, by reason.",
    "reason",
    refused,
  );
  return {
    observer: {
      onDialect: dialects.onDialect,
      onUnread(reason, count) {
        telemetry.unreadPoints.add({ reason }, count);
        drops.unused("meter points are not used", reason);
      },
      onRepeated(count) {
        telemetry.droppedItems.add({ signal: "traces", reason: "repeated" }, count);
        drops.unused("spans came again", "repeated");
      },
    },
    watch(pipeline, isTrusted) {
      watched = pipeline;
      const count = (verdict: Verdict, [signal, encoding, body]: Parameters<Accept>): Verdict => {
        if (verdict.status !== "accepted") return verdict;
        const items = verdict.items ?? countItems(signal, encoding, body);
        telemetry.receivedItems.add({ signal }, items);
        if (signal === "traces" && items > 0) dialects.onSpans();
        if (verdict.rejected > 0) {
          telemetry.droppedItems.add({ signal, reason: "malformed" }, verdict.rejected);
          drops.lost("spans rejected", "malformed");
        }
        return verdict;
      };
      return (...request) => {
        const verdict = pipeline.accept(...request, isTrusted);
        // What is decided at once is told at once: the spool takes it for safe when it was written.
        return verdict instanceof Promise
          ? verdict.then((later) => count(later, request))
          : count(verdict, request);
      };
    },
    tick() {
      for (const [reason, count] of refused()) {
        if (count > (seen.get(reason) ?? 0)) drops.unused("phases are not charged", reason);
        seen.set(reason, count);
      }
    },
  };
}

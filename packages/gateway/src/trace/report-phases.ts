import type { Footprint } from "@wattspan/footprint";
import type { PhaseStage } from "../device/device-stage.ts";
import type { Restatement } from "./restate-trace.ts";
import type { SentPhase, TracedPhase, TraceRecord } from "./trace-record.ts";

/** A phase with the dimensions of its request, and figures of it. */
export interface ReportedPhase {
  readonly traced: TracedPhase;
  readonly dimensions: ReadonlyMap<string, string>;
  readonly footprint: Footprint;
}

/** Is told of phases as their figures leave. */
export interface PhaseObserver {
  /** A phase left `delayMs` after its end, final or not. */
  onReleased?(footprint: Footprint, delayMs: number): void;
  /** Its figures are final: once a phase. */
  onFinal?(phase: ReportedPhase): void;
  /** Final figures turned out to be others; the restatement holds the signed differences. */
  onCorrected?(phase: ReportedPhase, restatement: Restatement): void;
}

/** Tells of the phases of a trace. */
export interface PhaseReporter {
  /** Phases that were sent since the last call, and are final where `isFinal` says so. */
  released(record: TraceRecord, isFinal: (traced: TracedPhase) => boolean, nowMs: number): void;
  /** A phase that was looked at again, with its restatement where there is one. */
  rechecked(record: TraceRecord, sent: SentPhase, restatement: Restatement | undefined): void;
}

/** Creates the reporter to `observer`. */
export function createPhaseReporter(
  observer: PhaseObserver,
  stage: PhaseStage,
  dimensionsOf: (record: TraceRecord, traced: TracedPhase) => ReadonlyMap<string, string>,
): PhaseReporter {
  const reported = (record: TraceRecord, sent: SentPhase): ReportedPhase => ({
    traced: sent.traced,
    dimensions: dimensionsOf(record, sent.traced),
    footprint: sent.footprint,
  });
  return {
    released(record, isFinal, nowMs) {
      for (const sent of record.sent.values()) {
        if (sent.state !== "new") continue;
        sent.state = isFinal(sent.traced) ? "final" : "provisional";
        const endMs = Number(sent.traced.staged.endUnixNano / 1_000_000n);
        observer.onReleased?.(sent.footprint, Math.max(0, nowMs - endMs));
        if (sent.state === "final") observer.onFinal?.(reported(record, sent));
      }
    },
    rechecked(record, sent, restatement) {
      if (sent.state === "final") {
        if (restatement !== undefined) observer.onCorrected?.(reported(record, sent), restatement);
        return;
      }
      sent.state = "final";
      const footprint = stage.footprintOf(sent.traced.staged, false);
      observer.onFinal?.({ ...reported(record, sent), footprint });
    },
  };
}

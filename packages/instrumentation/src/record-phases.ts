import {
  FOOTPRINT_INFERENCE_PHASE_VALUE_DECODE,
  FOOTPRINT_INFERENCE_PHASE_VALUE_PREFILL,
} from "@wattspan/semconv";
import { decodeTokens, mixedTokens, prefillTokens, type TokenCounts } from "./count-tokens.ts";
import { markPhase, type OpenPhase, type PhaseFrame } from "./mark-phase.ts";
import { planWindows, type ServerTimings } from "./plan-windows.ts";

/** How a request ended; times in ms since 1970. */
interface PhaseEnd extends TokenCounts {
  readonly endMs: number;
  /** Last output that was seen. */
  readonly lastMs: number | undefined;
  readonly isFailed: boolean;
  /** Nothing beyond what prefill makes is generated, as in embeddings. */
  readonly isPrefillOnly: boolean;
  readonly timings: ServerTimings | undefined;
}

/** Makes the phase spans of one request. */
export interface PhaseRecorder {
  /** Whether anybody listens; known once a phase has started. */
  readonly isRecording: boolean;
  start(atMs: number): void;
  first(atMs: number, counts: TokenCounts): void;
  finish(end: PhaseEnd): void;
}

/**
 * Spans that open when their phase begins, so that a processor in this process knows what is open on its devices. A
 * prefill whose tokens are told only at the end keeps its span open until then; its window is right all the same.
 */
export function recordLive(
  frame: PhaseFrame,
  intervalSource: string,
  isRequestRecording: boolean,
): PhaseRecorder {
  let prefill: OpenPhase | undefined;
  let decode: OpenPhase | undefined;
  let firstMs: number | undefined;
  let isRecording = isRequestRecording;
  return {
    get isRecording() {
      return isRecording;
    },
    start(atMs) {
      prefill = markPhase(frame, FOOTPRINT_INFERENCE_PHASE_VALUE_PREFILL, intervalSource, atMs);
      isRecording ||= prefill.isRecording;
    },
    first(atMs, counts) {
      const tokens = prefillTokens(counts);
      if (tokens !== undefined) {
        prefill?.end(atMs, tokens, false);
        prefill = undefined;
      }
      firstMs = atMs;
      decode = markPhase(frame, FOOTPRINT_INFERENCE_PHASE_VALUE_DECODE, intervalSource, atMs);
    },
    finish(end) {
      const { endMs, isFailed } = end;
      if (decode === undefined && !end.isPrefillOnly && !isFailed) {
        prefill?.mix();
        prefill?.end(endMs, mixedTokens(end), false);
        return;
      }
      prefill?.end(firstMs ?? endMs, prefillTokens(end), isFailed && decode === undefined);
      decode?.end(endMs, decodeTokens(end), isFailed);
    },
  };
}

/** Spans of a caller, made when all is known: only then the server's own timings are. */
export function recordSeen(frame: PhaseFrame, isRecording: boolean): PhaseRecorder {
  let startMs: number | undefined;
  let firstMs: number | undefined;
  return {
    isRecording,
    start(atMs) {
      startMs = atMs;
    },
    first(atMs) {
      firstMs = atMs;
    },
    finish({ lastMs, isFailed, ...end }) {
      if (startMs === undefined) return;
      const windows = planWindows({
        ...end,
        startMs,
        firstMs,
        endMs: isFailed ? end.endMs : (lastMs ?? end.endMs),
        isPrefillOnly: end.isPrefillOnly || (isFailed && firstMs === undefined),
      });
      const last = windows.at(-1);
      for (const window of windows) {
        const span = markPhase(frame, window.phase, window.intervalSource, window.startMs);
        span.end(window.endMs, window.processedTokens, isFailed && window === last);
      }
    },
  };
}

import {
  FOOTPRINT_INFERENCE_PHASE_VALUE_DECODE,
  FOOTPRINT_INFERENCE_PHASE_VALUE_MIXED,
  FOOTPRINT_INFERENCE_PHASE_VALUE_PREFILL,
} from "@wattspan/semconv";
import { decodeTokens, mixedTokens, prefillTokens, type TokenCounts } from "./count-tokens.ts";
import type { MarkedPhaseName } from "./mark-phase.ts";

/** Durations that the server itself told, in ms. */
export interface ServerTimings {
  /** Where they come from; becomes `client_<source>`. */
  readonly source: string;
  readonly prefillMs: number;
  readonly decodeMs: number;
}

/** What a caller saw of a request; times in ms since 1970. */
export interface SeenRequest extends TokenCounts {
  readonly startMs: number;
  /** First output; absent where the answer came in one piece, or not at all. */
  readonly firstMs: number | undefined;
  readonly endMs: number;
  readonly timings: ServerTimings | undefined;
  /** Nothing beyond what prefill makes is generated, or nothing came before a failure. */
  readonly isPrefillOnly: boolean;
}

/** A phase with its window, ms since 1970. */
export interface PlannedPhase {
  readonly phase: MarkedPhaseName;
  readonly startMs: number;
  readonly endMs: number;
  readonly processedTokens: number | undefined;
  readonly intervalSource: string;
}

/**
 * Phases of a request as its caller can tell them. Server timings count back from the end, since the server's clock is
 * not ours; without them the first output parts prefill from decode; with neither the whole is `mixed`. No computed
 * token or no time: no phase.
 */
export function planWindows(seen: SeenRequest): readonly PlannedPhase[] {
  return plan(seen).filter(
    ({ startMs, endMs, processedTokens }) => endMs > startMs && processedTokens !== 0,
  );
}

function plan(seen: SeenRequest): readonly PlannedPhase[] {
  const { startMs, firstMs, endMs, timings } = seen;
  if (seen.isPrefillOnly) {
    const doneMs = firstMs ?? endMs;
    const began = timings === undefined ? startMs : Math.max(startMs, doneMs - timings.prefillMs);
    return [prefill(seen, began, doneMs, sourceOf(timings, "client_stream"))];
  }
  // Durations that do not fit into what the caller saw are not of this request.
  if (timings !== undefined && endMs - timings.decodeMs > startMs) {
    const middle = endMs - timings.decodeMs;
    const source = sourceOf(timings, "client_stream");
    return [
      prefill(seen, Math.max(startMs, middle - timings.prefillMs), middle, source),
      decode(seen, middle, endMs, source),
    ];
  }
  if (firstMs === undefined || (firstMs >= endMs && decodeTokens(seen) !== 0)) {
    const processedTokens = mixedTokens(seen);
    const intervalSource = firstMs === undefined ? "client_response" : "client_stream";
    const phase = FOOTPRINT_INFERENCE_PHASE_VALUE_MIXED;
    return [{ phase, startMs, endMs, processedTokens, intervalSource }];
  }
  return [
    prefill(seen, startMs, firstMs, "client_stream"),
    decode(seen, firstMs, endMs, "client_stream"),
  ];
}

function sourceOf(timings: ServerTimings | undefined, otherwise: string): string {
  return timings === undefined ? otherwise : `client_${timings.source}`;
}

function prefill(
  counts: TokenCounts,
  startMs: number,
  endMs: number,
  intervalSource: string,
): PlannedPhase {
  const phase = FOOTPRINT_INFERENCE_PHASE_VALUE_PREFILL;
  return { phase, startMs, endMs, processedTokens: prefillTokens(counts), intervalSource };
}

function decode(
  counts: TokenCounts,
  startMs: number,
  endMs: number,
  intervalSource: string,
): PlannedPhase {
  const phase = FOOTPRINT_INFERENCE_PHASE_VALUE_DECODE;
  return { phase, startMs, endMs, processedTokens: decodeTokens(counts), intervalSource };
}

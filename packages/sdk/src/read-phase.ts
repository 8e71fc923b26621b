import type { Attributes } from "@opentelemetry/api";
import {
  compareInstants,
  type Instant,
  type MarkedPhase,
  markedPhaseKey,
  type PhaseName,
  phaseIdOf,
  phaseNameOf,
  readMarkedPhase,
  unixMsOf,
  wordsOf,
  workerNameOf,
} from "@wattspan/footprint";
import { ATTR_FOOTPRINT_INFERENCE_PHASE, ATTR_GEN_AI_REQUEST_MODEL } from "@wattspan/semconv";
import { instantOfTime, type SdkSpan } from "./sdk-shape.ts";

const RESPONSE_MODEL = "gen_ai.response.model";

/** A phase that this process ran, as its ended span tells it. */
export interface LocalPhase {
  readonly span: SdkSpan;
  readonly phase: PhaseName;
  /** The two words of the id under which the ledger knows it. */
  readonly idHigh: number;
  readonly idLow: number;
  readonly start: Instant;
  readonly end: Instant;
  /** Of `end`, since 1970. */
  readonly endMs: number;
  /** Computed tokens; undefined if unknown, NaN if implausible. */
  readonly processedTokens: number | undefined;
  readonly intervalSource: string;
  readonly deviceIds: readonly string[] | undefined;
}

/** Whether a span names a phase. */
export function isPhaseSpan(attributes: Attributes): boolean {
  return phaseNameOf(attributes[ATTR_FOOTPRINT_INFERENCE_PHASE]) !== undefined;
}

/** The request that a phase belongs to: the id of its parent span, else of the trace. */
export function requestIdOf(span: SdkSpan): string {
  return span.parentSpanContext?.spanId || span.spanContext().traceId;
}

/**
 * Reads a phase from its ended span; undefined for spans that are not charged here: figures are there already, nothing
 * was computed, or a client's view of work whose devices are elsewhere.
 */
export function readLocalPhase(span: SdkSpan): LocalPhase | undefined {
  const { attributes } = span;
  const marked = readMarkedPhase((key) => attributes[key], Object.keys(attributes));
  if (marked === undefined || !isOurs(marked)) return undefined;
  const start = instantOfTime(span.startTime);
  const end = instantOfTime(span.endTime);
  if (compareInstants(end, start) <= 0) return undefined;
  const { phase, processedTokens, deviceIds, intervalSource } = marked;
  const { traceId, spanId } = span.spanContext();
  const worker = workerNameOf((key) => attributes[key] ?? span.resource.attributes[key]);
  const key = markedPhaseKey(phase, worker, spanId);
  const [idHigh, idLow] = wordsOf(phaseIdOf(traceId, requestIdOf(span), key));
  return {
    span,
    phase,
    idHigh,
    idLow,
    start,
    end,
    endMs: unixMsOf(end),
    processedTokens,
    intervalSource,
    deviceIds,
  };
}

/** The model that a span names. */
export function modelOf({ attributes }: SdkSpan): string | undefined {
  const model = attributes[RESPONSE_MODEL] || attributes[ATTR_GEN_AI_REQUEST_MODEL];
  return typeof model === "string" ? model : undefined;
}

function isOurs({ isSettled, isClientSide, deviceIds }: MarkedPhase): boolean {
  return !isSettled && (!isClientSide || deviceIds !== undefined);
}

import type { Attributes } from "@opentelemetry/api";
import {
  compareInstants,
  type Instant,
  type MarkedPhase,
  markedPhaseKey,
  type PhaseHandle,
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

/** A phase that this process ran, as its ended span tells it, and what its figure waits for. */
export interface LocalPhase {
  readonly span: SdkSpan;
  readonly phase: PhaseName;
  /** The two words of its id. */
  readonly idHigh: number;
  readonly idLow: number;
  /** Computed tokens; undefined if unknown, NaN if implausible. */
  readonly processedTokens: number | undefined;
  readonly intervalSource: string;
  /** Ids of the devices it ran on; undefined until a device is known. */
  deviceIds: readonly string[] | undefined;
  /** Nothing says which of several devices it was. */
  isGuessed: boolean;
  /** Its name in the ledger, once it is charged. */
  handle: PhaseHandle | undefined;
  /** Why the ledger did not take it. */
  refusal: string | undefined;
  /** End of the last meter interval that reaches into it, once a reading has shown it. */
  intervalEnd: Instant | undefined;
}

/** When a phase started. */
export function startOf({ span }: LocalPhase): Instant {
  return instantOfTime(span.startTime);
}

/** When a phase ended. */
export function endOf({ span }: LocalPhase): Instant {
  return instantOfTime(span.endTime);
}

/** When a phase ended, whole ms since 1970. */
export function endMsOf(phase: LocalPhase): number {
  return unixMsOf(endOf(phase));
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
  if (compareInstants(instantOfTime(span.endTime), instantOfTime(span.startTime)) <= 0)
    return undefined;
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
    processedTokens,
    intervalSource,
    deviceIds,
    isGuessed: false,
    handle: undefined,
    refusal: undefined,
    intervalEnd: undefined,
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

import type { Attributes } from "@opentelemetry/api";
import {
  type MarkedPhase,
  markedPhaseKey,
  type PhaseWork,
  phaseIdOf,
  phaseNameOf,
  readMarkedPhase,
  workerNameOf,
} from "@wattspan/footprint";
import { ATTR_FOOTPRINT_INFERENCE_PHASE, ATTR_GEN_AI_REQUEST_MODEL } from "@wattspan/semconv";
import { type SdkSpan, unixNanoOfTime } from "./sdk-shape.ts";

const RESPONSE_MODEL = "gen_ai.response.model";

/** A phase that this process ran, as its ended span tells it. */
export interface LocalPhase extends PhaseWork {
  readonly span: SdkSpan;
  readonly intervalSource: string;
  readonly deviceIds?: readonly string[];
  /** ms since 1970. */
  readonly endMs: number;
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
  const startUnixNano = unixNanoOfTime(span.startTime);
  const endUnixNano = unixNanoOfTime(span.endTime);
  if (endUnixNano <= startUnixNano) return undefined;
  const { phase, processedTokens, deviceIds, intervalSource } = marked;
  const { traceId, spanId } = span.spanContext();
  const worker = workerNameOf((key) => attributes[key] ?? span.resource.attributes[key]);
  return {
    span,
    id: phaseIdOf(traceId, requestIdOf(span), markedPhaseKey(phase, worker, spanId)),
    phase,
    startUnixNano,
    endUnixNano,
    ...(processedTokens === undefined ? {} : { processedTokens }),
    endMs: Number(endUnixNano / 1_000_000n),
    includesQueueing: false,
    intervalSource,
    ...(deviceIds === undefined ? {} : { deviceIds }),
  };
}

/** The model that the first of these spans names. */
export function modelOf(spans: readonly SdkSpan[]): string | undefined {
  for (const { attributes } of spans) {
    const model = attributes[RESPONSE_MODEL] || attributes[ATTR_GEN_AI_REQUEST_MODEL];
    if (typeof model === "string") return model;
  }
  return undefined;
}

function isOurs({ isSettled, isClientSide, deviceIds }: MarkedPhase): boolean {
  return !isSettled && (!isClientSide || deviceIds !== undefined);
}

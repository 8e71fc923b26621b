import {
  type Attributes,
  type Context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from "@opentelemetry/api";
import {
  ATTR_FOOTPRINT_DEVICE_COUNT,
  ATTR_FOOTPRINT_DEVICE_IDS,
  ATTR_FOOTPRINT_INFERENCE_INTERVAL_SOURCE,
  ATTR_FOOTPRINT_INFERENCE_PHASE,
  ATTR_FOOTPRINT_INFERENCE_PROCESSED_TOKENS,
  ATTR_GEN_AI_REQUEST_MODEL,
  type FOOTPRINT_INFERENCE_PHASE_VALUE_DECODE,
  FOOTPRINT_INFERENCE_PHASE_VALUE_MIXED,
  type FOOTPRINT_INFERENCE_PHASE_VALUE_PREFILL,
} from "@wattspan/semconv";
import { hrTimeOf } from "./start-clock.ts";

/** Phases that an instrumentation tells of. */
export type MarkedPhaseName =
  | typeof FOOTPRINT_INFERENCE_PHASE_VALUE_PREFILL
  | typeof FOOTPRINT_INFERENCE_PHASE_VALUE_DECODE
  | typeof FOOTPRINT_INFERENCE_PHASE_VALUE_MIXED;

/** What all phases of one request share. */
export interface PhaseFrame {
  readonly tracer: Tracer;
  /** Context in which the request span is active. */
  readonly context: Context;
  readonly model: string | undefined;
  readonly devices: readonly string[] | undefined;
  readonly attributes: Attributes;
}

/** A phase span that has not ended. */
export interface OpenPhase {
  readonly isRecording: boolean;
  /** Says that prefill and decode of the request could not be told apart after all. */
  mix(): void;
  /** `processedTokens`: computed tokens, absent if unknown. */
  end(endMs: number, processedTokens: number | undefined, isFailed: boolean): void;
}

/** Opens the span of a phase; samplers see its phase, its model and its devices. */
export function markPhase(
  frame: PhaseFrame,
  phase: MarkedPhaseName,
  intervalSource: string,
  startMs: number,
): OpenPhase {
  const { devices, model } = frame;
  const attributes: Attributes = {
    ...frame.attributes,
    [ATTR_FOOTPRINT_INFERENCE_PHASE]: phase,
    [ATTR_FOOTPRINT_INFERENCE_INTERVAL_SOURCE]: intervalSource,
  };
  if (model !== undefined) attributes[ATTR_GEN_AI_REQUEST_MODEL] = model;
  if (devices !== undefined && devices.length > 0) {
    attributes[ATTR_FOOTPRINT_DEVICE_IDS] = [...devices];
    attributes[ATTR_FOOTPRINT_DEVICE_COUNT] = devices.length;
  }
  const span = frame.tracer.startSpan(
    nameOf(phase, model),
    { kind: SpanKind.INTERNAL, startTime: hrTimeOf(startMs), attributes },
    frame.context,
  );
  return {
    isRecording: span.isRecording(),
    mix() {
      span.setAttribute(ATTR_FOOTPRINT_INFERENCE_PHASE, FOOTPRINT_INFERENCE_PHASE_VALUE_MIXED);
      span.updateName(nameOf(FOOTPRINT_INFERENCE_PHASE_VALUE_MIXED, model));
    },
    end(endMs, processedTokens, isFailed) {
      endPhase(span, Math.max(startMs, endMs), processedTokens, isFailed);
    },
  };
}

function endPhase(
  span: Span,
  endMs: number,
  processedTokens: number | undefined,
  isFailed: boolean,
): void {
  if (processedTokens !== undefined) {
    span.setAttribute(ATTR_FOOTPRINT_INFERENCE_PROCESSED_TOKENS, processedTokens);
  }
  if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(hrTimeOf(endMs));
}

function nameOf(phase: MarkedPhaseName, model: string | undefined): string {
  return model === undefined ? phase : `${phase} ${model}`;
}

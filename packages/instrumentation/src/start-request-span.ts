import {
  type Attributes,
  type Context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_REQUEST_STREAM,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  ATTR_GEN_AI_RESPONSE_ID,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,
  ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
} from "@wattspan/semconv";
import type { InferenceOptions, InferenceResult } from "./inference.ts";
import { hrTimeOf } from "./start-clock.ts";

/** Name of the operation where none is given. */
const DEFAULT_OPERATION = "chat";

/**
 * Starts the span of a request, `{operation} {model}`: CLIENT for a caller; for a worker INTERNAL, or SERVER where the
 * parent came from another process.
 */
export function startRequestSpan(
  tracer: Tracer,
  options: InferenceOptions,
  parent: Context,
  startMs: number,
): Span {
  const { operation = DEFAULT_OPERATION, model } = options;
  return tracer.startSpan(
    model === undefined ? operation : `${operation} ${model}`,
    {
      kind: kindOf(options, parent),
      startTime: hrTimeOf(startMs),
      attributes: present({
        ...options.attributes,
        ...options.serverAttributes,
        [ATTR_GEN_AI_OPERATION_NAME]: operation,
        [ATTR_GEN_AI_REQUEST_MODEL]: model,
        [ATTR_GEN_AI_PROVIDER_NAME]: options.provider,
        [ATTR_GEN_AI_REQUEST_STREAM]: options.isStreamed === true ? true : undefined,
      }),
    },
    parent,
  );
}

/** Ends the span of a request with what is known of it. `waitMs`: request to first output. */
export function endRequestSpan(
  span: Span,
  result: InferenceResult,
  endMs: number,
  waitMs: number | undefined,
): void {
  const { finishReason } = result;
  span.setAttributes(
    present({
      [ATTR_GEN_AI_RESPONSE_MODEL]: result.responseModel,
      [ATTR_GEN_AI_RESPONSE_ID]: result.responseId,
      [ATTR_GEN_AI_RESPONSE_FINISH_REASONS]:
        finishReason === undefined ? undefined : [finishReason],
      [ATTR_GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK]: waitMs === undefined ? undefined : waitMs / 1000,
      [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: result.inputTokens,
      [ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: result.cachedTokens,
      [ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: result.outputTokens,
    }),
  );
  span.end(hrTimeOf(endMs));
}

/** Says on the span of a request that it failed. */
export function failRequestSpan(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  span.setAttribute(ATTR_ERROR_TYPE, errorTypeOf(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

function kindOf({ side }: InferenceOptions, parent: Context): SpanKind {
  if (side === "client") return SpanKind.CLIENT;
  return trace.getSpanContext(parent)?.isRemote === true ? SpanKind.SERVER : SpanKind.INTERNAL;
}

function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return "_OTHER";
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && code !== "" ? code : error.name;
}

function present(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

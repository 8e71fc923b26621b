import { context } from "@opentelemetry/api";
import type { LanguageModelMiddleware } from "ai";
import { followChunks } from "../follow-chunks.ts";
import type { Inference, InferenceOptions } from "../inference.ts";
import { readChunk } from "../read-chunk.ts";
import { startInference } from "../start-inference.ts";
import { tapReadable } from "../tap-readable.ts";
import { traceHeaders } from "./trace-headers.ts";

/** Options of the middlewares. */
export type FootprintMiddlewareOptions = Pick<
  InferenceOptions,
  "devices" | "attributes" | "serverAttributes" | "tracerProvider"
>;

type Call = Parameters<NonNullable<LanguageModelMiddleware["wrapStream"]>>[0];

/**
 * Middleware for `wrapLanguageModel` of the AI SDK 6: marks the phases of each call, as its caller sees them, and sends
 * W3C trace context with it where the provider takes headers. Not to be combined with a traced `fetch` under the same
 * model, which would tell of the same work twice.
 */
export function footprintMiddleware(
  options: FootprintMiddlewareOptions = {},
): LanguageModelMiddleware {
  return {
    specificationVersion: "v3",
    async wrapStream(call) {
      const inference = start(call, options, true);
      try {
        const result = await within(inference, () =>
          call.model.doStream(traceHeaders(inference.context, call.params)),
        );
        if (!inference.isRecording) return finished(inference, result);
        return { ...result, stream: tapReadable(result.stream, followChunks(inference)) };
      } catch (error) {
        inference.fail(error);
        throw error;
      }
    },
    async wrapGenerate(call) {
      const inference = start(call, options, false);
      try {
        const result = await within(inference, () =>
          call.model.doGenerate(traceHeaders(inference.context, call.params)),
        );
        const { counts, finishReason } = readChunk({
          usage: result.usage,
          finishReason: result.finishReason,
        });
        inference.end({
          ...counts,
          finishReason,
          responseModel: result.response?.modelId,
          responseId: result.response?.id,
        });
        return result;
      } catch (error) {
        inference.fail(error);
        throw error;
      }
    },
  };
}

function start(
  { model }: Call,
  options: FootprintMiddlewareOptions,
  isStreamed: boolean,
): Inference {
  return startInference({
    ...options,
    isStreamed,
    side: "client",
    model: model.modelId,
    provider: model.provider,
  }).prefill();
}

function within<T>(inference: Inference, call: () => T): T {
  return context.with(inference.context, call);
}

function finished<T>(inference: Inference, result: T): T {
  inference.end();
  return result;
}

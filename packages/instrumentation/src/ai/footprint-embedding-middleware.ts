import { context } from "@opentelemetry/api";
import type { EmbeddingModelMiddleware } from "ai";
import { readUsage } from "../read-usage.ts";
import { startInference } from "../start-inference.ts";
import type { FootprintMiddlewareOptions } from "./footprint-middleware.ts";
import { traceHeaders } from "./trace-headers.ts";

/** Middleware for `wrapEmbeddingModel` of the AI SDK 6: each call is a prefill, as its caller sees it. */
export function footprintEmbeddingMiddleware(
  options: FootprintMiddlewareOptions = {},
): EmbeddingModelMiddleware {
  return {
    specificationVersion: "v3",
    async wrapEmbed({ model, params }) {
      const inference = startInference({
        ...options,
        operation: "embeddings",
        side: "client",
        model: model.modelId,
        provider: model.provider,
      }).prefill();
      try {
        const result = await context.with(inference.context, () =>
          model.doEmbed(traceHeaders(inference.context, params)),
        );
        inference.end(readUsage(result.usage));
        return result;
      } catch (error) {
        inference.fail(error);
        throw error;
      }
    },
  };
}

import type { Inference, InferenceResult } from "./inference.ts";
import { type ChunkReading, readChunk } from "./read-chunk.ts";
import { safely } from "./safely.ts";

/** Takes the chunks of one answer as they come, and the way it ended. */
export interface ChunkFollower {
  chunk(chunk: unknown): void;
  /** The stream ended, or its reader had enough. */
  end(): void;
  fail(error: unknown): void;
}

/** Drives a request by the chunks of its answer. What the last chunk to mention it says stands. */
export function followChunks(
  inference: Inference,
  read: (chunk: unknown) => ChunkReading = readChunk,
): ChunkFollower {
  let result: InferenceResult = {};
  return {
    chunk(chunk) {
      const reading = safely(() => read(chunk));
      if (reading === undefined) return;
      if (reading.hasOutput === true) {
        if (reading.tokens === undefined) inference.output();
        else inference.token(reading.tokens);
      }
      result = merge(result, reading);
      if (reading.error !== undefined) inference.fail(asError(reading.error), result);
    },
    end: () => inference.end(result),
    fail: (error) => inference.fail(error, result),
  };
}

function merge(result: InferenceResult, reading: ChunkReading): InferenceResult {
  return {
    inputTokens: reading.counts?.inputTokens ?? result.inputTokens,
    cachedTokens: reading.counts?.cachedTokens ?? result.cachedTokens,
    outputTokens: reading.counts?.outputTokens ?? result.outputTokens,
    timings: reading.timings ?? result.timings,
    finishReason: reading.finishReason ?? result.finishReason,
    responseModel: reading.responseModel ?? result.responseModel,
    responseId: result.responseId ?? reading.responseId,
  };
}

function asError(error: unknown): unknown {
  if (typeof error !== "object" || error === null || error instanceof Error) return error;
  const { message, code } = error as { readonly message?: unknown; readonly code?: unknown };
  const text = typeof message === "string" ? message : JSON.stringify(error);
  return typeof code === "string" ? Object.assign(new Error(text), { code }) : new Error(text);
}

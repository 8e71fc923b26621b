import { diag } from "@opentelemetry/api";
import { type TraceSequenceOptions, traceSequence } from "./trace-sequence.ts";

/**
 * Traces an embedding context of node-llama-cpp: each `getEmbeddingFor` is a prefill, without the time it waits for
 * others. The library keeps the sequence to itself (`_sequence`); a version that hides it is not traced, and
 * OpenTelemetry's diagnostics say so. Gives a function that undoes it.
 */
export function traceEmbeddingContext(
  embedding: { getEmbeddingFor(input: never): unknown },
  options: TraceSequenceOptions = {},
): () => void {
  const { _sequence: sequence } = embedding as {
    readonly _sequence?: Parameters<typeof traceSequence>[0];
  };
  if (typeof sequence?.evaluateWithMetadata === "function") {
    return traceSequence(sequence, { ...options, operation: "embeddings" });
  }
  diag.warn("wattspan: this version of node-llama-cpp hides the sequence of embedding contexts");
  return () => {};
}

/** Traces the sequences of a `node-llama-cpp` context in the worker that runs them. */
export { traceEmbeddingContext } from "./trace-embedding-context.ts";
export {
  type LlamaSequence,
  type TraceSequenceOptions,
  traceSequence,
} from "./trace-sequence.ts";

/** Traces the sequences of a `node-llama-cpp` context in the worker that runs them. */
export {
  type LlamaSequence,
  type TraceSequenceOptions,
  traceSequence,
} from "./trace-sequence.ts";

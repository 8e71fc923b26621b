/** Marks prefill and decode in an inference worker. */
export type { TokenCounts } from "./count-tokens.ts";
export { createTracedFetch, type TracedFetchOptions } from "./http/create-traced-fetch.ts";
export type { Inference, InferenceOptions, InferenceResult } from "./inference.ts";
export type { ServerTimings } from "./plan-windows.ts";
export { type ChunkReading, readChunk } from "./read-chunk.ts";
export { startInference } from "./start-inference.ts";
export { type TraceStreamOptions, traceStream } from "./trace-stream.ts";

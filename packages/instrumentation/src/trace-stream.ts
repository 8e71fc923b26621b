import { context } from "@opentelemetry/api";
import { type ChunkFollower, followChunks } from "./follow-chunks.ts";
import type { Inference, InferenceOptions } from "./inference.ts";
import type { ChunkReading } from "./read-chunk.ts";
import { startInference } from "./start-inference.ts";
import { tapReadable } from "./tap-readable.ts";

/** Options of `traceStream`. */
export interface TraceStreamOptions extends InferenceOptions {
  /** A request started before, e.g. ahead of the call that made the stream; the options above are then its own. */
  readonly inference?: Inference | undefined;
  /** Prompt tokens, where known beforehand. */
  readonly inputTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
  /** Reads one chunk; the default knows the usual shapes (`readChunk`). */
  readonly read?: ((chunk: unknown) => ChunkReading) | undefined;
}

/**
 * Wraps the answer of a model and finds its phases: prefill until the first chunk with output, decode from there. The
 * request starts with this call. It ends with the stream, with its error, or when the reader stops; a stream that nobody
 * reads never ends. Without an SDK the stream itself is given back.
 */
export function traceStream<T>(
  stream: ReadableStream<T>,
  options?: TraceStreamOptions,
): ReadableStream<T>;
export function traceStream<T>(
  stream: AsyncIterable<T>,
  options?: TraceStreamOptions,
): AsyncIterable<T>;
export function traceStream<T>(
  stream: ReadableStream<T> | AsyncIterable<T>,
  options: TraceStreamOptions = {},
): ReadableStream<T> | AsyncIterable<T> {
  const { inputTokens, cachedTokens } = options;
  const inference = options.inference ?? startInference({ isStreamed: true, ...options });
  inference.prefill({ inputTokens, cachedTokens });
  if (!inference.isRecording) {
    inference.end();
    return stream;
  }
  const follower = followChunks(inference, options.read);
  if (isReadable(stream)) return tapReadable(stream, follower);
  return { [Symbol.asyncIterator]: () => follow(stream, inference, follower) };
}

async function* follow<T>(
  stream: AsyncIterable<T>,
  inference: Inference,
  follower: ChunkFollower,
): AsyncGenerator<T, void, undefined> {
  const source = stream[Symbol.asyncIterator]();
  const step = context.bind(inference.context, () => source.next());
  let isOver = false;
  try {
    while (true) {
      const { done, value } = await step();
      if (done === true) break;
      follower.chunk(value);
      yield value;
    }
    isOver = true;
  } catch (error) {
    isOver = true;
    follower.fail(error);
    throw error;
  } finally {
    follower.end();
    if (!isOver) await source.return?.();
  }
}

function isReadable<T>(stream: ReadableStream<T> | AsyncIterable<T>): stream is ReadableStream<T> {
  return typeof (stream as Partial<ReadableStream<T>>).getReader === "function";
}

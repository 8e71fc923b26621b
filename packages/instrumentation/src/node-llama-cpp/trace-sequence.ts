import { context } from "@opentelemetry/api";
import type { InferenceOptions, InferenceResult } from "../inference.ts";
import { safely } from "../safely.ts";
import { startInference } from "../start-inference.ts";

/** What is needed of a `LlamaContextSequence` of node-llama-cpp 3.10 and later. */
export interface LlamaSequence<Token, Metadata, Options, Value, Input> {
  evaluateWithMetadata(
    tokens: Token[],
    metadata: Metadata,
    options?: Options,
  ): AsyncGenerator<Value, void, Input>;
  readonly nextTokenIndex: number;
  readonly tokenMeter: { readonly usedInputTokens: number; readonly usedOutputTokens: number };
}

/** Options of `traceSequence`. */
export type TraceSequenceOptions = Pick<
  InferenceOptions,
  "model" | "operation" | "provider" | "devices" | "attributes" | "tracerProvider"
>;

const traced = new WeakSet<object>();

/**
 * Traces everything that is evaluated in a sequence and generates: `evaluate`, chats, completions, embeddings. Prefill
 * is the evaluation of the prompt up to the first sampled token, decode the steps after it; tokens are those that the
 * library's own meter counted, so what the context held already is not among them. `operation` defaults to
 * `text_completion`, or `embeddings` where nothing is sampled. Gives a function that undoes it; a second call on the
 * same sequence does nothing.
 */
export function traceSequence<Token, Metadata, Options, Value, Input>(
  sequence: LlamaSequence<Token, Metadata, Options, Value, Input>,
  options: TraceSequenceOptions = {},
): () => void {
  if (traced.has(sequence)) return () => {};
  traced.add(sequence);
  const original = sequence.evaluateWithMetadata;
  sequence.evaluateWithMetadata = (tokens, metadata, evaluation) =>
    follow(sequence, options, tokens.length, isSampled(evaluation), () =>
      original.call(sequence, tokens, metadata, evaluation),
    );
  return () => {
    Reflect.deleteProperty(sequence, "evaluateWithMetadata");
    traced.delete(sequence);
  };
}

type Meter = Pick<LlamaSequence<unknown, unknown, unknown, unknown, unknown>, "tokenMeter">;

async function* follow<Value, Input>(
  sequence: Meter & { readonly nextTokenIndex: number },
  options: TraceSequenceOptions,
  promptTokens: number,
  isGenerating: boolean,
  evaluate: () => AsyncGenerator<Value, void, Input>,
): AsyncGenerator<Value, void, Input> {
  const operation = options.operation ?? (isGenerating ? "text_completion" : "embeddings");
  const inference = startInference({ ...options, operation, side: "worker" });
  const source = context.with(inference.context, evaluate);
  const cachedTokens = safely(() => sequence.nextTokenIndex) ?? 0;
  inference.prefill({ inputTokens: cachedTokens + promptTokens, cachedTokens });
  if (!inference.isRecording) {
    inference.end();
    yield* source;
    return;
  }
  const before = computedIn(sequence);
  try {
    let step = await source.next();
    while (step.done !== true) {
      inference.firstToken();
      const input = yield step.value;
      step = await source.next(input);
    }
  } catch (error) {
    inference.fail(error, generated());
    throw error;
  } finally {
    inference.end(generated());
    await source.return();
  }

  function generated(): InferenceResult {
    const after = computedIn(sequence);
    if (before === undefined || after === undefined) return {};
    // The step that ends the prompt samples the first token; each later step samples one more.
    return { outputTokens: isGenerating ? Math.max(0, after - before - promptTokens + 1) : 0 };
  }
}

function computedIn({ tokenMeter }: Meter): number | undefined {
  return safely(() => tokenMeter.usedInputTokens + tokenMeter.usedOutputTokens);
}

/** `LlamaEmbeddingContext` and `LlamaRankingContext` evaluate without sampling. */
function isSampled(evaluation: unknown): boolean {
  const { _noSampling = false } = (evaluation ?? {}) as { readonly _noSampling?: boolean };
  return !_noSampling;
}

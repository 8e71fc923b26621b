import type { Attributes, Context, TracerProvider } from "@opentelemetry/api";
import type { TokenCounts } from "./count-tokens.ts";
import type { ServerTimings } from "./plan-windows.ts";

/** What is known of a request before it runs. */
export interface InferenceOptions {
  /** Name of the model, as requested. */
  readonly model?: string | undefined;
  /** `gen_ai.operation.name`; default `chat`. `embeddings` generates nothing: a prefill alone. */
  readonly operation?: string | undefined;
  /** `gen_ai.provider.name`, e.g. `vllm`, `openai`. */
  readonly provider?: string | undefined;
  /** `hw.id` of the accelerators that do the work; absent where not known. */
  readonly devices?: readonly string[] | undefined;
  /** `worker` where the model runs in this process, `client` where a server is called. Default `worker`. */
  readonly side?: "worker" | "client" | undefined;
  /** `gen_ai.request.stream`. */
  readonly isStreamed?: boolean | undefined;
  /** Of the request span, from its start. */
  readonly attributes?: Attributes | undefined;
  /** Of the phase spans too: what tells the server that a client called. */
  readonly serverAttributes?: Attributes | undefined;
  /** Parent; default the active context. */
  readonly context?: Context | undefined;
  /** Default the global one. */
  readonly tracerProvider?: TracerProvider | undefined;
}

/** What is known of a request when it ends; absent is unknown, never 0. */
export interface InferenceResult extends TokenCounts {
  /** `stop`, `length`, `tool_calls`, … */
  readonly finishReason?: string | undefined;
  readonly responseModel?: string | undefined;
  readonly responseId?: string | undefined;
  /** Durations that the server told; a client's windows follow them. */
  readonly timings?: ServerTimings | undefined;
}

/**
 * One request to a model. Nothing here throws, in whatever order it is called: the first `prefill`, the first
 * `firstToken` and the first `end` or `fail` count, later ones do nothing.
 */
export interface Inference {
  /** Context in which the request's span is active: for calls that belong to it, and for W3C propagation. */
  readonly context: Context;
  /** Whether anybody listens. Without an SDK it is false, and everything else costs next to nothing. */
  readonly isRecording: boolean;
  /** The prompt starts to be processed. Not called: it started with the request. */
  prefill(prompt?: Pick<TokenCounts, "inputTokens" | "cachedTokens">): Inference;
  /** Prefill is done, decode begins. The token it made counts as one. */
  firstToken(): Inference;
  /** `count` more tokens were generated. Without a `firstToken` before it, they include the first. */
  token(count?: number): Inference;
  /** Output came, of how many tokens is not known. */
  output(): Inference;
  /** The request is done. What is not told is unknown; output tokens are those that `token` counted. */
  end(result?: InferenceResult): void;
  /** The request failed or was aborted: its spans end and say so, and the energy of its phases is charged. */
  fail(error: unknown, result?: InferenceResult): void;
}

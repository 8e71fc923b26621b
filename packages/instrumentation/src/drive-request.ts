import type { Context, Span } from "@opentelemetry/api";
import { createOutputCount } from "./count-output.ts";
import { countOf, type TokenCounts } from "./count-tokens.ts";
import type { Inference, InferenceResult } from "./inference.ts";
import type { PhaseRecorder } from "./record-phases.ts";
import { safely } from "./safely.ts";
import { endRequestSpan, failRequestSpan } from "./start-request-span.ts";

/** A request whose span has started. */
export interface StartedRequest {
  readonly span: Span;
  readonly phases: PhaseRecorder;
  /** Ms since 1970. */
  readonly now: () => number;
  readonly startMs: number;
  readonly isClient: boolean;
  /** Nothing beyond what prefill makes is generated. */
  readonly isPrefillOnly: boolean;
  readonly context: Context;
}

/** The stages of a request behind the calls of its host, in whatever order those come. */
export function driveRequest(request: StartedRequest): Inference {
  const count = createOutputCount();
  const steps = stagesOf(request);
  let prompt: TokenCounts = {};
  const settle = (result: InferenceResult): InferenceResult => ({
    ...result,
    inputTokens: countOf(result.inputTokens) ?? prompt.inputTokens,
    cachedTokens: countOf(result.cachedTokens) ?? prompt.cachedTokens,
    outputTokens: countOf(result.outputTokens) ?? count.tokens,
  });
  const inference: Inference = {
    context: request.context,
    get isRecording() {
      return request.phases.isRecording;
    },
    prefill(known = {}) {
      if (!steps.isNew()) return inference;
      const { inputTokens, cachedTokens } = known;
      prompt = { inputTokens: countOf(inputTokens), cachedTokens: countOf(cachedTokens) };
      safely(() => steps.begin(request.now()));
      return inference;
    },
    firstToken() {
      count.first();
      safely(() => steps.first(prompt));
      return inference;
    },
    token(tokens = 1) {
      const known = countOf(tokens);
      if (known === undefined) count.addUnknown();
      else count.add(known);
      safely(() => steps.produce(prompt));
      return inference;
    },
    output() {
      count.addUnknown();
      safely(() => steps.produce(prompt));
      return inference;
    },
    end(result = {}) {
      safely(() => steps.finish(settle(result), undefined));
    },
    fail(error, result = {}) {
      safely(() => steps.finish(settle(result), { cause: error }));
    },
  };
  return inference;
}

interface Stages {
  isNew(): boolean;
  begin(atMs: number): void;
  first(prompt: TokenCounts): void;
  produce(prompt: TokenCounts): void;
  finish(result: InferenceResult, error: { readonly cause: unknown } | undefined): void;
}

function stagesOf(request: StartedRequest): Stages {
  const { span, phases, now, startMs } = request;
  let stage: "new" | "prefill" | "decode" | "done" = "new";
  let firstMs: number | undefined;
  let lastMs: number | undefined;

  const stages: Stages = {
    isNew: () => stage === "new",
    begin(atMs) {
      if (stage !== "new") return;
      stage = "prefill";
      phases.start(atMs);
    },
    first(prompt) {
      if (stage !== "decode") stages.produce(prompt);
    },
    produce(prompt) {
      if (stage === "done") return;
      stages.begin(startMs);
      if (!phases.isRecording) return;
      lastMs = now();
      if (stage === "decode") return;
      stage = "decode";
      firstMs = lastMs;
      phases.first(firstMs, prompt);
    },
    finish(result, error) {
      if (stage === "done") return;
      const isFailed = error !== undefined;
      // A request that failed before its prefill computed nothing.
      if (!isFailed) stages.begin(startMs);
      stage = "done";
      const endMs = now();
      const isPrefillOnly = request.isPrefillOnly || (result.outputTokens ?? 2) < 2;
      // The request's span ends after its phases, whatever becomes of those.
      safely(() =>
        phases.finish({
          ...result,
          endMs,
          lastMs,
          isFailed,
          isPrefillOnly,
          timings: result.timings,
        }),
      );
      if (error !== undefined) failRequestSpan(span, error.cause);
      const waitMs = request.isClient && firstMs !== undefined ? firstMs - startMs : undefined;
      endRequestSpan(span, result, endMs, waitMs);
    },
  };
  return stages;
}

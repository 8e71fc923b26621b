import { type Context, ROOT_CONTEXT, type Span, type Tracer, trace } from "@opentelemetry/api";
import type { TracerProvider } from "@opentelemetry/sdk-trace";
import { startInference } from "@wattspan/instrumentation";

const MODEL = "llama-3.1-8b";
const DEVICE = "GPU-0";
const INPUT_TOKENS = 512;
const OUTPUT_TOKENS = 128;

/** A request in flight: prefill first, then decode. */
export interface Request {
  firstToken(atMs: number): void;
  end(atMs: number): void;
}

/** Starts requests; times in ms since 1970. */
export type StartRequest = (atMs: number) => Request;

/** Requests whose spans say no more than a phase must, times as given. */
export function createBareRequests(provider: TracerProvider): StartRequest {
  const tracer = provider.getTracer("bench");
  return (atMs) => {
    const attributes = { "gen_ai.request.model": MODEL };
    const root = tracer.startSpan("request llama", { attributes, startTime: atMs });
    const parent = trace.setSpan(ROOT_CONTEXT, root);
    let phase = startPhase(tracer, parent, "prefill", INPUT_TOKENS, atMs);
    return {
      firstToken(firstMs) {
        phase.end(firstMs);
        phase = startPhase(tracer, parent, "decode", OUTPUT_TOKENS - 1, firstMs);
      },
      end(endMs) {
        phase.end(endMs);
        root.end(endMs);
      },
    };
  };
}

function startPhase(
  tracer: Tracer,
  parent: Context,
  phase: string,
  tokens: number,
  startTime: number,
): Span {
  const attributes = {
    "footprint.inference.phase": phase,
    "footprint.inference.processed_tokens": tokens,
    "gen_ai.request.model": MODEL,
    "footprint.device.ids": [DEVICE],
  };
  return tracer.startSpan(`${phase} ${MODEL}`, { attributes, startTime }, parent);
}

/** Requests as a worker marks them by `startInference`, at the time of the clock; tokens are told at the end. */
export function createMarkedRequests(tracerProvider: TracerProvider): StartRequest {
  return () => {
    const inference = startInference({
      model: MODEL,
      provider: "llama.cpp",
      devices: [DEVICE],
      isStreamed: true,
      context: ROOT_CONTEXT,
      tracerProvider,
    });
    inference.prefill({ inputTokens: INPUT_TOKENS, cachedTokens: 0 });
    return {
      firstToken: () => void inference.firstToken(),
      end: () => inference.end({ outputTokens: OUTPUT_TOKENS, finishReason: "stop" }),
    };
  };
}

import { type Context, context, trace } from "@opentelemetry/api";
import { SCHEMA_URL } from "@wattspan/semconv";
import { driveRequest } from "./drive-request.ts";
import { hasSdk } from "./has-sdk.ts";
import type { Inference, InferenceOptions } from "./inference.ts";
import { recordLive, recordSeen } from "./record-phases.ts";
import { safely } from "./safely.ts";
import { startClock } from "./start-clock.ts";
import { startRequestSpan } from "./start-request-span.ts";
import { version } from "./version.ts";

/**
 * Starts a request to a model: a span of its own under the active one, and below it one for each phase. Never throws.
 * A worker's phases, and a client's with `devices`, open as they happen; other clients' are made when the request ends.
 */
export function startInference(options: InferenceOptions = {}): Inference {
  const started = safely(() => (hasSdk(options.tracerProvider) ? start(options) : undefined));
  return started ?? silence(options.context ?? context.active());
}

function start(options: InferenceOptions): Inference {
  const { side = "worker", devices, model, tracerProvider = trace.getTracerProvider() } = options;
  const now = startClock();
  const startMs = now();
  const parent = options.context ?? context.active();
  const tracer = tracerProvider.getTracer("@wattspan/instrumentation", version, {
    schemaUrl: SCHEMA_URL,
  });
  const span = startRequestSpan(tracer, options, parent, startMs);
  const frame = {
    tracer,
    context: trace.setSpan(parent, span),
    model,
    devices,
    attributes: options.serverAttributes ?? {},
  };
  const isLive = side === "worker" || (devices !== undefined && devices.length > 0);
  const phases = isLive
    ? recordLive(frame, side === "worker" ? "instrumentation" : "client_stream", span.isRecording())
    : recordSeen(frame, span.isRecording());
  return driveRequest({
    span,
    phases,
    now,
    startMs,
    isClient: side === "client",
    isPrefillOnly: options.operation === "embeddings",
    context: frame.context,
  });
}

/** Stands in where nobody listens, or not even a span could be started. */
function silence(active: Context): Inference {
  const silent: Inference = {
    context: active,
    isRecording: false,
    prefill: () => silent,
    firstToken: () => silent,
    token: () => silent,
    output: () => silent,
    end: () => {},
    fail: () => {},
  };
  return silent;
}

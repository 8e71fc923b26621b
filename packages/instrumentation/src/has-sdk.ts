import { type TracerProvider, trace } from "@opentelemetry/api";

/** Whether spans go anywhere: false while the API's stand-in waits for a provider to be registered. */
export function hasSdk(provider: TracerProvider = trace.getTracerProvider()): boolean {
  const standIn = provider as { getDelegateTracer?(name: string): unknown };
  if (typeof standIn.getDelegateTracer !== "function") return true;
  return standIn.getDelegateTracer("@wattspan/instrumentation") !== undefined;
}

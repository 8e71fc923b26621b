import { type Context, propagation } from "@opentelemetry/api";
import { safely } from "../safely.ts";

/** The parameters of a call with the trace context among its headers; what a caller set stays. */
export function traceHeaders<
  Params extends { headers?: Record<string, string | undefined> | undefined },
>(active: Context, params: Params): Params {
  const carrier: Record<string, string> = {};
  safely(() => propagation.inject(active, carrier));
  if (Object.keys(carrier).length === 0) return params;
  return { ...params, headers: { ...carrier, ...params.headers } };
}

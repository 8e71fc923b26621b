import { diag } from "@opentelemetry/api";

/** Runs `action`; what it throws goes to OpenTelemetry's diagnostics, never into the host. */
export function safely<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    report(error);
    return undefined;
  }
}

function report(error: unknown): void {
  try {
    diag.error("wattspan: instrumentation failed", error);
  } catch {
    // A logger that throws must not reach the host either.
  }
}

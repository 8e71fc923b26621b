import type { Encoding, OtlpError } from "@wattspan/otlp";
import type { Log } from "../log.ts";
import type { RequestOutcome } from "../telemetry.ts";

/** The three OTLP signals that the gateway takes. */
export type Signal = "traces" | "metrics" | "logs";

/** The three signals, in the order of OTLP's paths. */
export const signals: readonly Signal[] = ["traces", "metrics", "logs"];

/** What the pipeline says to a request; `rejected` counts items left out of an accepted one. */
export type Verdict =
  | {
      readonly status: "accepted";
      readonly rejected: number;
      readonly message?: string;
      /** Spans, points or records that came, where the pipeline knows. */
      readonly items?: number;
    }
  | {
      readonly status: "refused";
      readonly reason: "malformed" | "too_large" | "busy";
      readonly message: string;
      readonly retryAfterSeconds?: number;
    };

/** The pipeline's entrance; the callee owns `body`. A promise where the request is made safe first; it never rejects. */
export type Accept = (
  signal: Signal,
  encoding: Encoding,
  body: Uint8Array,
) => Verdict | Promise<Verdict>;

/** Seconds after which a sender is asked to come back where there is no room. */
const BUSY_SECONDS = 5;

/** There is no room for a request now. */
export function busy(message: string): Verdict {
  return { status: "refused", reason: "busy", message, retryAfterSeconds: BUSY_SECONDS };
}

/** The bytes of a request cannot be read. */
export function unreadable({ code, message, offset }: OtlpError): Verdict {
  const reason = code === "malformed" ? "malformed" : "too_large";
  return { status: "refused", reason, message: `${message} at byte ${offset}` };
}

/** A request was taken, but for spans that are left out for these reasons; `items`: spans that came. */
export function takenWithout(rejected: readonly string[], items?: number): Verdict {
  const taken = {
    status: "accepted",
    rejected: rejected.length,
    ...(items === undefined ? {} : { items }),
  } as const;
  if (rejected.length === 0) return taken;
  const reasons = [...new Set(rejected)].slice(0, 3).join("; ");
  return { ...taken, message: `${rejected.length} spans rejected: ${reasons}` };
}

/** A verdict, or the pipeline threw. */
export type Decision = Verdict | { readonly status: "failed" };

/** Seconds after which a busy gateway is asked again, where the pipeline names none. */
const defaultRetryAfterSeconds = 1;

/** Asks the pipeline; an empty body is an empty request, and what it throws becomes `failed`. */
export async function decide(
  accept: Accept,
  log: Log,
  signal: Signal,
  encoding: Encoding,
  body: Uint8Array,
): Promise<Decision> {
  if (body.byteLength === 0) return { status: "accepted", rejected: 0 };
  try {
    return await accept(signal, encoding, body);
  } catch (error) {
    log.error("request lost: the pipeline failed", {
      about: signal,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    return { status: "failed" };
  }
}

/** The label under which a decision is counted. */
export function outcomeOf(decision: Decision): RequestOutcome {
  switch (decision.status) {
    case "accepted":
      return decision.rejected > 0 ? "partial" : "accepted";
    case "refused":
      return decision.reason;
    default:
      return "failed";
  }
}

/** Whole seconds for Retry-After and RetryInfo, at least 1. */
export function retryAfterSecondsOf(seconds: number | undefined): number {
  return Math.max(1, Math.ceil(seconds ?? defaultRetryAfterSeconds));
}

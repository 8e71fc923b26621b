import { OtlpError } from "@wattspan/otlp";
import type { Verdict } from "./accept.ts";

const RETRY_AFTER_SECONDS = 5;

/** There is no room now: the sender is to come again. */
export function busy(message: string): Verdict {
  return { status: "refused", reason: "busy", message, retryAfterSeconds: RETRY_AFTER_SECONDS };
}

/** The body cannot be read. Throws an error again that says nothing of the body. */
export function unreadable(error: unknown): Verdict {
  if (!(error instanceof OtlpError)) throw error;
  const reason = error.code === "malformed" ? "malformed" : "too_large";
  return { status: "refused", reason, message: `${error.message} at byte ${error.offset}` };
}

/** Accepted but for spans that were `rejected` for these reasons; `items`: spans that came. */
export function acceptedBut(rejected: readonly string[], items?: number): Verdict {
  const verdict = {
    status: "accepted",
    rejected: rejected.length,
    ...(items === undefined ? {} : { items }),
  } as const;
  if (rejected.length === 0) return verdict;
  const reasons = [...new Set(rejected)].slice(0, 3).join("; ");
  return { ...verdict, message: `${rejected.length} spans rejected: ${reasons}` };
}

import type { PostResult } from "./post.ts";
import { type PartialSuccess, readErrorMessage, readPartialSuccess } from "./read-reply.ts";
import { isRetryableStatus, parseRetryAfter } from "./retry-policy.ts";

/** What an attempt means for the request, by the rules of OTLP/HTTP. */
export type Judgement =
  | {
      readonly status: "delivered";
      readonly partial?: PartialSuccess;
      /** The backend took it but its answer could not be read. */
      readonly isGarbled: boolean;
    }
  | {
      readonly status: "retryable";
      /** Label: `http_503`, `timeout`, `connection`. */
      readonly reason: string;
      readonly message: string;
      /** The backend asked for this pause, ms. */
      readonly retryAfterMs?: number;
    }
  | {
      readonly status: "refused";
      readonly httpStatus: number;
      readonly message: string;
    };

/** Judges by status line first: a 2xx is delivered whatever its body, so nothing is sent twice for a broken answer. */
export function judgeResult(result: PostResult, nowMs: number): Judgement {
  if (result.status === "broken") {
    const { reason, message } = result;
    return { status: "retryable", reason, message };
  }
  const { httpStatus, body, contentType } = result;
  if (httpStatus >= 200 && httpStatus < 300) {
    const partial = result.isCut ? "garbled" : readPartialSuccess(body, contentType);
    if (partial === "garbled") return { status: "delivered", isGarbled: true };
    return { status: "delivered", isGarbled: false, ...(partial ? { partial } : {}) };
  }
  const message = `HTTP ${httpStatus} ${readErrorMessage(body, contentType)}`.trim();
  if (!isRetryableStatus(httpStatus)) return { status: "refused", httpStatus, message };
  const retryAfterMs = parseRetryAfter(result.retryAfter, nowMs);
  const reason = `http_${httpStatus}`;
  return {
    status: "retryable",
    reason,
    message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

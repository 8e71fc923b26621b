import type { PhaseName } from "@wattspan/footprint";
import type { DynamoRequest } from "./dynamo-legs.ts";
import type { ResolvedLeg } from "./dynamo-roles.ts";
import { readCount, readTokens } from "./read-attribute.ts";
import { cachedTokenKeys, completionTokenKeys, promptTokenKeys } from "./vllm-times.ts";

/** Computed tokens of a worker's phase; undefined where some count is not known, 0 only where it is known. */
export type CountTokens = (resolved: ResolvedLeg, phase: PhaseName) => number | undefined;

/**
 * Counts computed tokens: prompt minus cached, and completion minus the first token, which prefill makes. A
 * migrated attempt prefills the tokens completed before it too, and completes only those up to the next.
 */
export function countTokens(
  request: DynamoRequest,
  resolvedLegs: readonly ResolvedLeg[],
): CountTokens {
  const http = request.http?.attributes ?? new Map<string, never>();
  const promptTokens = readTokens(http, ["input_tokens"]);
  const completionTokens = readTokens(http, ["output_tokens"]);
  const firstAttempt = Math.min(...resolvedLegs.map(({ attempt }) => attempt));
  const completedBefore = (attempt: number): number | undefined =>
    attempt === firstAttempt ? 0 : reportedCompleted(request, attempt);

  function prefilled(resolved: ResolvedLeg): number | undefined {
    const before = completedBefore(resolved.attempt);
    const whole = sum(promptTokens, before) ?? engineCount(resolved, "prompt");
    return remainder(whole, cachedTokens(request, resolved) ?? 0);
  }

  function completed(resolved: ResolvedLeg): number | undefined {
    if (resolved.role === "prefill") return engineCount(resolved, "completion");
    const next = nextAttempt(resolvedLegs, resolved.attempt);
    const until = next === undefined ? completionTokens : completedBefore(next);
    const before = completedBefore(resolved.attempt);
    return until === undefined || before === undefined
      ? engineCount(resolved, "completion")
      : until - before;
  }

  function decoded(resolved: ResolvedLeg): number | undefined {
    return remainder(completed(resolved), Math.max(1, resolved.leg.vllm.length));
  }

  return (resolved, phase) => {
    if (phase === "prefill") return prefilled(resolved);
    if (phase === "decode") return decoded(resolved);
    return sum(prefilled(resolved), decoded(resolved));
  };
}

/** The attempt that went on decoding where this one stopped. */
function nextAttempt(legs: readonly ResolvedLeg[], attempt: number): number | undefined {
  const later = legs.filter((leg) => leg.role !== "prefill" && leg.attempt > attempt);
  return later.length === 0 ? undefined : Math.min(...later.map((leg) => leg.attempt));
}

function remainder(whole: number | undefined, less: number): number | undefined {
  return whole === undefined ? undefined : Math.max(0, whole - less);
}

/** Tokens that were complete when an attempt began, as its routers say. */
function reportedCompleted(request: DynamoRequest, attempt: number): number | undefined {
  let completed: number | undefined;
  for (const { attributes } of request.routes) {
    if ((readCount(attributes, ["request.attempt"]) ?? 0) !== attempt) continue;
    const reported = readTokens(attributes, ["migration.tokens_completed"]);
    if (reported !== undefined) completed = Math.max(completed ?? 0, reported);
  }
  return completed;
}

/** What the engine itself counted for this worker. */
function engineCount({ leg }: ResolvedLeg, which: "prompt" | "completion"): number | undefined {
  const keys = which === "prompt" ? promptTokenKeys : completionTokenKeys;
  const counts = leg.vllm.map((span) => readTokens(span.attributes, keys));
  if (counts.length > 0) {
    return which === "prompt" ? counts[0] : counts.reduce((a, b) => sum(a, b), 0);
  }
  const key = which === "prompt" ? "input_tokens" : "output_tokens";
  return leg.engine && readTokens(leg.engine.attributes, [key]);
}

function cachedTokens(request: DynamoRequest, { leg }: ResolvedLeg): number | undefined {
  const spans = [...leg.vllm, leg.engine, leg.operation, leg.payload, request.http];
  for (const span of spans) {
    const cached = span && readTokens(span.attributes, cachedTokenKeys);
    if (cached !== undefined) return cached;
  }
  return undefined;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

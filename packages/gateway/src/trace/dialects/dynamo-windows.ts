import type { PhaseName } from "@wattspan/footprint";
import type { DynamoLeg, DynamoRequest } from "./dynamo-legs.ts";
import type { ResolvedLeg } from "./dynamo-roles.ts";
import { earlier, later } from "./order.ts";
import { readDurationNs, readText } from "./read-attribute.ts";
import type { VllmTimes } from "./vllm-times.ts";

/** When a phase ran, and which rule says so. */
export interface PhaseWindow {
  readonly phase: PhaseName;
  readonly startNs: bigint;
  /** Not necessarily after `startNs`; an empty window is no phase. */
  readonly endNs: bigint;
  readonly intervalSource: string;
  readonly includesQueueing: boolean;
}

interface Span {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly intervalSource: string;
}

/** The windows of one worker's phases, from the best source that was seen. */
export function windowsOf(request: DynamoRequest, resolved: ResolvedLeg): readonly PhaseWindow[] {
  const { leg, role } = resolved;
  const times = joinVllmTimes(leg);
  if (times !== undefined) return vllmWindows(times, role);
  const whole = wholeWindow(leg);
  if (whole === undefined) return [];
  if (role === "aggregated") return splitWindows(whole, firstTokenOf(request));
  const queued = { phase: role, includesQueueing: true };
  if (role === "decode") return [{ ...whole, ...queued }];
  return [{ ...(enginePrefill(leg) ?? untilFirstToken(whole, firstTokenOf(request))), ...queued }];
}

/** A prefill worker's span may end after its work: where decode was dispatched meanwhile, the first token is out then. */
function untilFirstToken(whole: Span, firstTokenNs: bigint | undefined): Span {
  if (firstTokenNs === undefined || firstTokenNs <= whole.startNs) return whole;
  return { ...whole, endNs: earlier(whole.endNs, firstTokenNs) };
}

/**
 * Decode that was dispatched while prefill still ran (bootstrap) starts when prefill ends. A later attempt's
 * prefill says nothing about an earlier attempt's decode.
 */
export function clipDecode<T extends PhaseWindow & { readonly attempt: number }>(
  windows: readonly T[],
): readonly T[] {
  const prefills = windows.filter((window) => window.phase === "prefill");
  return windows.map((window) => {
    if (window.phase !== "decode") return window;
    let startNs = window.startNs;
    for (const prefill of prefills) {
      const isBefore = prefill.attempt <= window.attempt && prefill.startNs < window.endNs;
      if (isBefore) startNs = later(startNs, prefill.endNs);
    }
    return startNs === window.startNs ? window : { ...window, startNs };
  });
}

/** Several sequences of one request (`n` > 1) count as one: from the first step to the last token. */
function joinVllmTimes(leg: DynamoLeg): VllmTimes | undefined {
  let joined: VllmTimes | undefined;
  for (const times of leg.vllmTimes) {
    joined =
      joined === undefined
        ? times
        : {
            prefillStartNs: earlier(joined.prefillStartNs, times.prefillStartNs),
            firstTokenNs: earlier(joined.firstTokenNs, times.firstTokenNs),
            endNs: later(joined.endNs, times.endNs),
            intervalSource: joined.intervalSource,
          };
  }
  return joined;
}

/** On a decode worker "model prefill" is one step after the KV cache has arrived: decode. */
function vllmWindows(times: VllmTimes, role: ResolvedLeg["role"]): readonly PhaseWindow[] {
  const { prefillStartNs, firstTokenNs, endNs, intervalSource } = times;
  const source = { intervalSource, includesQueueing: false };
  if (role === "decode") return [{ phase: "decode", startNs: prefillStartNs, endNs, ...source }];
  return [
    { phase: "prefill", startNs: prefillStartNs, endNs: firstTokenNs, ...source },
    { phase: "decode", startNs: firstTokenNs, endNs, ...source },
  ];
}

/** `engine.generate` ends long before its engine does: only its time to the first token is of use. */
function enginePrefill(leg: DynamoLeg): Span | undefined {
  const ttftNs = leg.engine && readDurationNs(leg.engine.attributes, "ttft_ms", 1e-3);
  if (ttftNs === undefined || ttftNs === 0n || leg.payload === undefined) return undefined;
  const startNs = leg.payload.startUnixNano;
  const endNs = earlier(startNs + ttftNs, leg.payload.endUnixNano);
  return { startNs, endNs, intervalSource: "dynamo_engine" };
}

function wholeWindow(leg: DynamoLeg): Span | undefined {
  const span = leg.operation ?? leg.payload;
  return (
    span && {
      startNs: span.startUnixNano,
      endNs: span.endUnixNano,
      intervalSource: span === leg.operation ? "dynamo_lifecycle" : "dynamo_handle_payload",
    }
  );
}

/** When the frontend saw the first token. */
function firstTokenOf(request: DynamoRequest): bigint | undefined {
  if (request.streaming !== undefined) return request.streaming.startUnixNano;
  const { http } = request;
  const ttftNs = http && readDurationNs(http.attributes, "ttft_ms", 1e-3);
  return http === undefined || ttftNs === undefined ? undefined : http.startUnixNano + ttftNs;
}

/** Prefill may have waited; what follows the first token has not. */
function splitWindows(whole: Span, firstTokenNs: bigint | undefined): readonly PhaseWindow[] {
  if (firstTokenNs === undefined || firstTokenNs <= whole.startNs || firstTokenNs >= whole.endNs) {
    return [{ ...whole, phase: "mixed", includesQueueing: true }];
  }
  return [
    { ...whole, phase: "prefill", endNs: firstTokenNs, includesQueueing: true },
    { ...whole, phase: "decode", startNs: firstTokenNs, includesQueueing: false },
  ];
}

/** The model that the request ran on, as the frontend or the engine names it. */
export function modelOf(request: DynamoRequest): string | undefined {
  const named = request.http && readText(request.http.attributes, "model");
  if (named !== undefined) return named;
  for (const { attributes } of request.lifecycle?.events ?? []) {
    const model = readText(attributes, "model");
    if (model !== undefined) return model;
  }
  for (const { engine } of request.legs) {
    const model = engine && readText(engine.attributes, "model");
    if (model !== undefined) return model;
  }
  return undefined;
}

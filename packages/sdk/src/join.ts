import { type DeviceBalance, unixMsOf } from "@wattspan/footprint";
import { describeRequest } from "./announce.ts";
import { createDispatch } from "./dispatch.ts";
import { priceFigure } from "./figure.ts";
import { findRivals } from "./find-rivals.ts";
import type { ResolvedOptions } from "./footprint-options.ts";
import { createMeterFeed } from "./meter-feed.ts";
import { createOutbox } from "./outbox.ts";
import { endMsOf, isPhaseSpan, readLocalPhase, requestIdOf, startOf } from "./read-phase.ts";
import { createMetricRecorder } from "./record-metrics.ts";
import { createGroups, heldIn, isComplete, isEmpty, type RequestGroup } from "./request-groups.ts";
import { isSampled, type SdkSpan, type SdkSpanProcessor } from "./sdk-shape.ts";
import { createWorkerLedger, type PhaseFigure } from "./worker-ledger.ts";

/**
 * Every look settles the whole epoch again, so looks are rarer where they cost more than this a phase that left, ms;
 * never rarer than the longest pause.
 */
const LOOK_MS_PER_PHASE = 0.001;
const CHEAP_LOOK_MS = 0.02;
const LONGEST_PAUSE_MS = 10_000;
const EXPIRE_MS = 60_000;

/** Joins ended spans with readings and hands them on; none of its calls throws. */
export interface Join {
  start(span: SdkSpan): void;
  end(span: SdkSpan): void;
  flush(): Promise<void>;
  shutdown(): Promise<void>;
  balances(): readonly DeviceBalance[];
  readonly heldCount: number;
}

/** Creates the join in front of `next` and starts its meter; `self` is the processor that it works for. */
export function createJoin(
  options: ResolvedOptions,
  next: SdkSpanProcessor,
  burst: number,
  self: SdkSpanProcessor,
): Join {
  const { join, log, now } = options;
  const ledger = createWorkerLedger(options);
  const metrics = createMetricRecorder();
  const feed = createMeterFeed(options, ledger);
  const said = new Set<string>();
  const outbox = createOutbox(next, {
    burst,
    capacity: options.maxHeldSpans,
    onFailure: (error) => sayOnce("export", "warn", `the exporter failed: ${textOf(error)}`),
  });
  const dispatch = createDispatch({ options, ledger, metrics, next, send, announce });
  const groups = createGroups();
  const { open } = ledger;
  let held = 0;
  let isMuted: boolean | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lookedMs = now();
  let expiredMs = lookedMs;

  function sayOnce(key: string, level: "info" | "warn" | "error", message: string): void {
    if (said.has(key)) return;
    said.add(key);
    log(level, message);
  }

  function guard(what: () => void): void {
    try {
      what();
    } catch (error) {
      metrics.recordLoss("internal_error");
      sayOnce("internal_error", "error", `a span went on without figures: ${textOf(error)}`);
    }
  }

  function send(make: () => SdkSpan): void {
    if (isMuted || outbox.push(make)) return;
    metrics.recordLoss("queue_full");
    sayOnce("queue_full", "error", "the exporter is too slow: spans are dropped");
  }

  function start(span: SdkSpan): void {
    isMuted ??= mute(findRivals(span, self));
    const { traceId, spanId } = span.spanContext();
    const isPhase = isPhaseSpan(span.attributes);
    open.start(spanId, span, isPhase);
    if (!isPhase) return;
    feed.noteOpenPhases(open.phaseCount);
    groupOf(traceId, span).openPhases++;
    timer ??= schedule(join.tickMs);
  }

  /** Without this the same span would leave raw by the other processor and enriched by ours. */
  function mute(rivals: readonly string[]): boolean {
    if (rivals.length === 0) return false;
    log(
      "error",
      `${rivals.join(", ")} exports the same spans: Wattspan sends none of them, so that no span leaves twice. ` +
        "Remove it, or pass it to Wattspan as `next`.",
    );
    return true;
  }

  function groupOf(traceId: string, span: SdkSpan): RequestGroup {
    const requestId = requestIdOf(span);
    return groups.find(traceId, requestId) ?? groups.add(traceId, requestId, open.has(requestId));
  }

  function end(span: SdkSpan): void {
    const { traceId, spanId } = span.spanContext();
    const startedAs = open.end(spanId);
    if (startedAs === undefined) {
      metrics.recordLoss("ended_twice");
      sayOnce("ended_twice", "warn", `span ${span.name} ended twice: the second end is ignored`);
      return;
    }
    if (startedAs === "phase") groupOf(traceId, span).openPhases--;
    const below = groups.find(traceId, spanId);
    if (below !== undefined) below.isRootOpen = false;
    if (isPhaseSpan(span.attributes)) endPhase(traceId, span);
    else endOther(below, span);
    if (held > options.maxHeldSpans) makeRoom();
  }

  function makeRoom(): void {
    if (now() - lookedMs >= join.tickMs) release(false);
    while (held > options.maxHeldSpans) {
      const oldest = groups.values().next().value as RequestGroup;
      sayOnce("memory", "warn", "maxHeldSpans is reached: the oldest spans leave early");
      leave(oldest, false);
    }
  }

  function endPhase(traceId: string, span: SdkSpan): void {
    const group = groupOf(traceId, span);
    const phase = readLocalPhase(span);
    if (phase !== undefined) ledger.charge(phase);
    feed.noteOpenPhases(open.phaseCount);
    if (phase === undefined) {
      if (isSampled(span)) send(() => span);
      if (isEmpty(group)) groups.delete(group);
      return;
    }
    group.phases.push(phase);
    held++;
    timer ??= schedule(join.tickMs);
  }

  function endOther(group: RequestGroup | undefined, span: SdkSpan): void {
    if (group === undefined) {
      if (isSampled(span)) send(() => span);
      else next.onEnd(span);
      return;
    }
    group.root = span;
    held++;
  }

  function isFinal(group: RequestGroup, nowMs: number): boolean {
    if (!isComplete(group, nowMs, join.lingerMs)) return false;
    return group.phases.every((phase) => ledger.isFinal(phase, nowMs));
  }

  function isOverdue({ phases: [oldest] }: RequestGroup, nowMs: number): boolean {
    return oldest !== undefined && nowMs - endMsOf(oldest) >= join.holdMs;
  }

  function announce(figures: readonly PhaseFigure[]): void {
    if (said.has("first")) return;
    const parts = figures.map((figure) => priceFigure(figure, options.intensity));
    sayOnce("first", "info", describeRequest(parts, options.meter?.name));
  }

  function leave(group: RequestGroup, areFinal: boolean): void {
    held -= heldIn(group);
    dispatch(group, now(), areFinal);
    // Insertion order is the order in which memory is freed: what stays goes to its end.
    if (group.openPhases > 0 || group.isRootOpen) groups.moveLast(group);
    else groups.delete(group);
  }

  function release(isLast: boolean): void {
    const nowMs = now();
    lookedMs = nowMs;
    feed.checkClock();
    for (const group of [...groups.values()]) {
      const areFinal = isFinal(group, nowMs);
      if (isEmpty(group)) groups.delete(group);
      else if (areFinal || isOverdue(group, nowMs) || (isLast && heldIn(group) > 0)) {
        guard(() => leave(group, areFinal));
      }
    }
    if (nowMs - expiredMs < EXPIRE_MS) return;
    expiredMs = nowMs;
    ledger.expire(earliestNeededMs(nowMs));
  }

  function earliestNeededMs(nowMs: number): number {
    let earliest = Math.min(nowMs, open.earliestMs ?? nowMs);
    for (const { phases } of groups.values()) {
      for (const phase of phases) earliest = Math.min(earliest, unixMsOf(startOf(phase)));
    }
    return earliest;
  }

  function schedule(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      const before = held;
      const began = performance.now();
      guard(() => release(false));
      const pauseMs = pauseAfter(before - held, performance.now() - began, delayMs);
      timer = groups.size === 0 ? undefined : schedule(pauseMs);
    }, delayMs).unref();
  }

  /** Pauses grow by steps: the first looks are slow because their code is cold. */
  function pauseAfter(left: number, tookMs: number, lastMs: number): number {
    if (left === 0) return join.tickMs;
    const fairMs = Math.max(CHEAP_LOOK_MS, left * LOOK_MS_PER_PHASE);
    const wantedMs = Math.min(LONGEST_PAUSE_MS, join.tickMs * (tookMs / fairMs), lastMs * 2);
    return Math.max(join.tickMs, wantedMs);
  }

  async function flush(): Promise<void> {
    await feed.flush();
    guard(() => release(false));
    guard(() => release(true));
    await outbox.flush();
  }

  feed.start();
  return {
    start: (span) => guard(() => start(span)),
    end: (span) => guard(() => end(span)),
    flush,
    async shutdown() {
      clearTimeout(timer);
      await flush();
      clearTimeout(timer);
      await feed.shutdown();
    },
    balances: ledger.balances,
    get heldCount() {
      return held + outbox.size;
    },
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

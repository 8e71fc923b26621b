import { type DeviceBalance, unixMsOf } from "@wattspan/footprint";
import { describeRequest } from "./announce.ts";
import { createDispatch } from "./dispatch.ts";
import { priceFigure } from "./figure.ts";
import { findRivals } from "./find-rivals.ts";
import type { ResolvedOptions } from "./footprint-options.ts";
import { createMeterFeed } from "./meter-feed.ts";
import { createOutbox } from "./outbox.ts";
import { isPhaseSpan, readLocalPhase, requestIdOf } from "./read-phase.ts";
import { createMetricRecorder } from "./record-metrics.ts";
import { createGroup, heldIn, isComplete, type RequestGroup } from "./request-groups.ts";
import { instantOfTime, isSampled, type SdkSpan, type SdkSpanProcessor } from "./sdk-shape.ts";
import { createWorkerLedger, type PhaseFigure } from "./worker-ledger.ts";

/**
 * Every look settles the whole epoch again, so looks are rarer where they cost more than this a phase that left, ms;
 * never rarer than the longest pause.
 */
const LOOK_MS_PER_PHASE = 0.005;
const CHEAP_LOOK_MS = 0.5;
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
  const groups = new Map<string, RequestGroup>();
  /** Ids of spans that started here and have not ended. */
  const open = new Set<string>();
  let held = 0;
  let isMuted: boolean | undefined;
  let timer: NodeJS.Timeout | undefined;
  let expiredMs = now();

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
    open.add(spanId);
    if (!isPhaseSpan(span.attributes)) return;
    const ids = span.attributes["footprint.device.ids"];
    const deviceIds = Array.isArray(ids) ? (ids as string[]) : undefined;
    const at = instantOfTime(span.startTime);
    ledger.open.start(spanId, at, deviceIds);
    feed.noteOpenPhases(ledger.open.count);
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
    const key = traceId + requestId;
    let group = groups.get(key);
    if (group === undefined) {
      group = createGroup(key, open.has(requestId));
      groups.set(key, group);
    }
    return group;
  }

  function end(span: SdkSpan): void {
    const { traceId, spanId } = span.spanContext();
    if (!open.delete(spanId)) {
      metrics.recordLoss("ended_twice");
      sayOnce("ended_twice", "warn", `span ${span.name} ended twice: the second end is ignored`);
      return;
    }
    if (isPhaseSpan(span.attributes)) endPhase(traceId, spanId, span);
    else endOther(groups.get(traceId + spanId), span);
    while (held > options.maxHeldSpans) {
      const oldest = groups.values().next().value as RequestGroup;
      sayOnce("memory", "warn", "maxHeldSpans is reached: the oldest spans leave early");
      leave(oldest);
    }
  }

  function endPhase(traceId: string, spanId: string, span: SdkSpan): void {
    const group = groupOf(traceId, span);
    const below = groups.get(traceId + spanId);
    if (below !== undefined) below.isRootOpen = false;
    if (ledger.open.has(spanId)) group.openPhases--;
    ledger.open.end(spanId);
    const local = readLocalPhase(span);
    const phase = local && ledger.charge(local);
    feed.noteOpenPhases(ledger.open.count);
    if (phase === undefined) {
      if (isSampled(span)) send(() => span);
      if (isEmpty(group)) groups.delete(group.key);
      return;
    }
    group.phases.push(phase);
    group.lastEndMs = Math.max(group.lastEndMs, phase.endMs);
    held++;
    timer ??= schedule(join.tickMs);
  }

  function endOther(group: RequestGroup | undefined, span: SdkSpan): void {
    if (group === undefined) {
      if (isSampled(span)) send(() => span);
      else next.onEnd(span);
      return;
    }
    group.isRootOpen = false;
    group.root = span;
    held++;
  }

  const isEmpty = (group: RequestGroup): boolean =>
    group.openPhases === 0 && !group.isRootOpen && heldIn(group) === 0;

  function isDue(group: RequestGroup, nowMs: number): boolean {
    const oldest = group.phases[0];
    if (oldest !== undefined && nowMs - oldest.endMs >= join.holdMs) return true;
    if (!isComplete(group, nowMs, join.lingerMs)) return false;
    return group.phases.every((phase) => ledger.isFinal(phase, nowMs));
  }

  function announce(figures: readonly PhaseFigure[]): void {
    if (said.has("first")) return;
    const parts = figures.map((figure) => priceFigure(figure, options.intensity));
    sayOnce("first", "info", describeRequest(parts, options.meter?.name));
  }

  function leave(group: RequestGroup): void {
    held -= heldIn(group);
    dispatch(group, now());
    // Insertion order is the order in which memory is freed: what stays goes to its end.
    groups.delete(group.key);
    if (group.openPhases > 0 || group.isRootOpen) groups.set(group.key, group);
  }

  function release(isLast: boolean): void {
    const nowMs = now();
    feed.checkClock();
    for (const group of [...groups.values()]) {
      if (isEmpty(group)) groups.delete(group.key);
      else if ((isLast && heldIn(group) > 0) || isDue(group, nowMs)) guard(() => leave(group));
    }
    if (nowMs - expiredMs < EXPIRE_MS) return;
    expiredMs = nowMs;
    ledger.expire(earliestNeededMs(nowMs));
  }

  function earliestNeededMs(nowMs: number): number {
    let earliest = Math.min(nowMs, ledger.open.earliestMs ?? nowMs);
    for (const { phases } of groups.values()) {
      for (const { start } of phases) earliest = Math.min(earliest, unixMsOf(start));
    }
    return earliest;
  }

  function schedule(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      const before = held;
      const began = performance.now();
      guard(() => release(false));
      const tookMs = performance.now() - began;
      const fairMs = Math.max(CHEAP_LOOK_MS, (before - held) * LOOK_MS_PER_PHASE);
      const pauseMs = Math.min(LONGEST_PAUSE_MS, join.tickMs * (tookMs / fairMs));
      timer = groups.size === 0 ? undefined : schedule(Math.max(join.tickMs, pauseMs));
    }, delayMs).unref();
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

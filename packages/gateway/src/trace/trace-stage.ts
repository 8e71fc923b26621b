import {
  createTraceScanner,
  type EncodedTraces,
  type Encoding,
  encodeTraces,
  endUnixNanoOf,
  type OutSpan,
  spanIdOf,
  traceIdOf,
  withoutSpans,
} from "@wattspan/otlp";
import type { PhaseStage } from "../device/device-stage.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { SendJournal } from "../send/send-journal.ts";
import { parentsOfMarked } from "./awaited-parents.ts";
import { deriveTrace } from "./dialects/derive-trace.ts";
import type { DialectObserver } from "./dialects/dialect.ts";
import { HELD_SPAN_NAMES, MARKER_KEYS } from "./dialects/dialects.ts";
import { type Elsewhere, fragmentOf, isToldOf, lastEndMsOf } from "./elsewhere.ts";
import { enrichTrace } from "./enrich-trace.ts";
import { createHeldTraces } from "./held-traces.ts";
import { createDimensionReader } from "./note-dimensions.ts";
import { createPlacement, type Place } from "./place-worker.ts";
import { noteTrace, recallPhases, type TraceNote } from "./recall-trace.ts";
import { createPhaseReporter, type PhaseObserver } from "./report-phases.ts";
import { type Restatement, restateTrace } from "./restate-trace.ts";
import { traceProbabilityOf } from "./sampling-probability.ts";
import { stagePhase } from "./stage-phase.ts";
import { endsWithin, type TracedPhase, type TraceRecord } from "./trace-record.ts";

/** Requests to send on, and the traces that they say something of. */
interface Departure {
  readonly requests: readonly EncodedTraces[];
  readonly left: readonly TraceRecord[];
}

/** The half of the gateway that needs a trace whole: phases, hold, splice, roll-up. */
export interface TraceStage {
  /** Takes an export request; gives what of it goes straight on, and how many spans were bad. */
  accept(
    encoding: Encoding,
    body: Uint8Array,
    nowMs: number,
  ): {
    readonly forward: Uint8Array | undefined;
    /** Spans that came, and those of them that go straight on. */
    readonly count: number;
    readonly forwardCount: number;
    /** What of it a restart has to be given again; only where a journal is kept. */
    readonly kept: Uint8Array | undefined;
    readonly rejected: readonly string[];
    /** Spans that were held before. */
    readonly repeated: number;
    readonly latestMs: number;
  };
  /** Traces whose figures are final, or whose hold time ended, as they leave; all of them where `isLast`. */
  release(
    nowMs: number,
    isLast: boolean,
  ): Departure & {
    /** Traces of which something left for the first time. */
    readonly firstLeft: readonly TraceRecord[];
  };
  /** Every trace still known, by id. */
  records(): ReadonlyMap<string, TraceRecord>;
  /** Forgets traces not seen since `beforeMs`; gives the last corrections of phases that ended before. */
  expire(beforeMs: number): Departure;
  /** End of the first trace of which other sites have not been told, ms; Infinity where there is none. */
  untoldMs(): number;
  readonly restatements: readonly Restatement[];
  readonly heldCount: number;
  /** Bytes of the spans held, without what they share: resources and scopes. */
  readonly heldBytes: number;
}

/** What a trace stage may have beside it. */
export interface TraceContext {
  /** Where workers run; absent: as configured, for all time. */
  readonly place?: Place | undefined;
  /** Keeps what was told of traces. */
  readonly journal?: SendJournal | undefined;
  /** What was told of a trace before a restart, or by another process before this one took over. */
  readonly recall?: ((traceId: string) => TraceNote | undefined) | undefined;
  /** Absent: there is one site. */
  readonly elsewhere?: Elsewhere | undefined;
}

/** Creates the trace stage over a device stage. */
export function createTraceStage(
  options: PipelineOptions,
  stage: PhaseStage,
  observer: PhaseObserver & DialectObserver = {},
  {
    place = createPlacement(options.nodes, options.workers),
    journal,
    recall,
    elsewhere,
  }: TraceContext = {},
): TraceStage {
  const dimensions = createDimensionReader(options.dimensions);
  const scanner = createTraceScanner({
    names: HELD_SPAN_NAMES,
    keys: [...MARKER_KEYS, ...dimensions.keys],
  });
  const markerMask = 2 ** MARKER_KEYS.length - 1;
  const reporter = createPhaseReporter(observer, stage, dimensions.valuesOf);
  const held = createHeldTraces(options.join.holdMs, recall);
  const { records } = held;
  const active = new Set<TraceRecord>();
  const restatements: Restatement[] = [];
  const { maxHeldBytes = Infinity, maxReleaseBytes = Infinity } = options.join;
  let expiredMs = 0;

  /** Phases are an upsert: what the trace tells now replaces what it told before. */
  function rederive(record: TraceRecord, nowMs: number): void {
    const { requests, dialects } = deriveTrace([...record.spans.values()]);
    for (const dialect of dialects) observer.onDialect?.(dialect);
    const before = new Set([...record.phases, ...record.settled].map(({ staged }) => staged.id));
    const probability = traceProbabilityOf(record.spans.values());
    const phases: TracedPhase[] = [];
    for (const request of requests) {
      for (const derived of request.phases) {
        const staged = stagePhase(record.traceId, request.requestId, derived, place, probability);
        before.delete(staged.id);
        phases.push({ request, derived, staged });
        // Figures that the sender gave stand, but the work is load all the same.
        stage.upsert(staged, nowMs);
      }
    }
    for (const id of before) stage.remove(id);
    record.requests = requests;
    record.phases = phases.filter(({ derived }) => derived.isSettled !== true);
    record.settled = phases.filter(({ derived }) => derived.isSettled === true);
    recallPhases(record);
  }

  const isFinal = (traced: TracedPhase, nowMs: number): boolean =>
    stage.finalAtMs(traced.staged) <= nowMs;

  function isDue(record: TraceRecord, nowMs: number): boolean {
    if (held.heldBytes > maxHeldBytes) return true;
    if (nowMs - record.waitingSinceMs >= options.join.holdMs) {
      const cappedMs = record.phases.map(({ staged }) => Number(staged.endUnixNano / 1_000_000n));
      return (
        cappedMs.every((endMs) => nowMs - endMs >= options.join.holdMs) ||
        record.requests.some((r) => r.isOpen)
      );
    }
    if (nowMs - record.lastSeenMs < options.join.exportDelayMs) return false;
    if (record.requests.some((request) => request.isOpen)) return false;
    if (!record.phases.every((traced) => isFinal(traced, nowMs))) return false;
    if (elsewhere === undefined) return true;
    announce(record);
    return isToldOf(record, elsewhere, nowMs);
  }

  /** Other sites wait for what this one knows of a trace. */
  function announce(record: TraceRecord): void {
    if (record.isAnnounced || record.requests.length === 0) return;
    record.isAnnounced = true;
    elsewhere?.announce(fragmentOf(record, stage));
  }

  /** What a trace says as it leaves, as far as it did not before. */
  function leave(
    record: TraceRecord,
    out: OutSpan[],
    nowMs: number,
    isSure: (traced: TracedPhase) => boolean,
  ): void {
    const dimensionsOf = (traced: TracedPhase) => dimensions.valuesOf(record, traced);
    announce(record);
    out.push(...enrichTrace(record, stage, options, isSure, dimensionsOf, elsewhere));
    reporter.released(record, isSure, nowMs);
    held.leave(record);
    journal?.told(noteTrace(record));
  }

  /** Says what changed since the trace left: phases that were not known then, and figures that no longer hold. */
  function correct(record: TraceRecord, out: OutSpan[], nowMs: number): void {
    const isAllSent = record.phases.every(({ staged }) => record.sent.has(staged.id));
    if (!isAllSent && record.waiting.length === 0) leave(record, out, nowMs, () => true);
    const isNews = [...record.sent.values()].some(({ state }) => state !== "final");
    const corrections = restateTrace(record, stage, reporter, elsewhere);
    if (corrections.restatements.length > 0) elsewhere?.announce(fragmentOf(record, stage));
    out.push(...corrections.spans);
    restatements.push(...corrections.restatements);
    if (isNews || corrections.spans.length > 0) journal?.told(noteTrace(record));
  }

  return {
    accept(encoding, body, nowMs) {
      const table = scanner.scan(body, encoding);
      const parents = parentsOfMarked(table);
      const isHeld = new Uint8Array(table.count);
      const isKept = new Uint8Array(table.count);
      const touched = new Set<TraceRecord>();
      let latest = 0n;
      let repeated = 0;
      let forwardCount = 0;
      for (let i = 0; i < table.count; i++) {
        const end = endUnixNanoOf(table, i);
        if (end > latest) latest = end;
        const mask = table.keyMask[i] as number;
        const isKnown = (table.nameIndex[i] as number) >= 0 || (mask & markerMask) !== 0;
        const isEngine =
          isKnown ||
          (parents.size > 0 && parents.has(spanIdOf(table, i))) ||
          held.isAwaited(table, i);
        if (!isEngine) {
          if (mask > markerMask) {
            dimensions.note(table, i, held.recordOf(traceIdOf(table, i), nowMs));
            isKept[i] = 1;
          }
          forwardCount++;
          continue;
        }
        isHeld[i] = 1;
        isKept[i] = 1;
        const record = held.hold(table, i, nowMs, isKnown);
        if (record === undefined) repeated++;
        else touched.add(record);
      }
      for (const record of touched) {
        active.add(record);
        rederive(record, nowMs);
      }
      return {
        forward: withoutSpans(table, (i) => isHeld[i] === 1),
        count: table.count + table.rejected.length,
        forwardCount,
        kept: journal && withoutSpans(table, (i) => isKept[i] === 0),
        rejected: table.rejected.map(({ reason }) => reason),
        repeated,
        latestMs: Number(latest / 1_000_000n),
      };
    },
    release(nowMs, isLast) {
      const out: OutSpan[] = [];
      const left: TraceRecord[] = [];
      const firstLeft: TraceRecord[] = [];
      const heldBefore = held.heldBytes;
      for (const record of active) {
        const before = out.length;
        if (record.waiting.length > 0 && (isLast || isDue(record, nowMs))) {
          leave(record, out, nowMs, (traced) => isLast || isFinal(traced, nowMs));
          record.recheckAtMs = nowMs + options.join.holdMs;
          if (!record.hasLeft && record.sent.size > 0) {
            record.hasLeft = true;
            firstLeft.push(record);
          }
        }
        if (nowMs >= record.recheckAtMs) {
          record.recheckAtMs = Infinity;
          correct(record, out, nowMs);
        }
        if (record.waiting.length === 0 && record.recheckAtMs === Infinity) active.delete(record);
        if (out.length > before) left.push(record);
        if (heldBefore - held.heldBytes >= maxReleaseBytes) break;
      }
      if (isLast) for (const record of records.values()) correct(record, out, nowMs);
      return { requests: encodeTraces(out), left, firstLeft };
    },
    records: () => records,
    expire(beforeMs) {
      const out: OutSpan[] = [];
      const left: TraceRecord[] = [];
      for (const record of records.values()) {
        const before = out.length;
        if (endsWithin(record, expiredMs, beforeMs)) correct(record, out, beforeMs);
        if (out.length > before) left.push(record);
        if (record.lastSeenMs >= beforeMs || record.waiting.length > 0) continue;
        active.delete(record);
        held.forget(record);
        journal?.forget(record.traceId);
      }
      expiredMs = beforeMs;
      return { requests: encodeTraces(out), left };
    },
    untoldMs() {
      let first = Number.POSITIVE_INFINITY;
      for (const record of active) {
        if (record.isAnnounced || record.waiting.length === 0) continue;
        first = Math.min(first, lastEndMsOf(record));
      }
      return first;
    },
    restatements,
    get heldCount() {
      return held.heldCount;
    },
    get heldBytes() {
      return held.heldBytes;
    },
  };
}

import {
  copySpan,
  flagsOf,
  type SpanTable,
  spanIdOf,
  traceIdOf,
  traceStateOf,
} from "@wattspan/otlp";
import { createAwaitedParents } from "./awaited-parents.ts";
import { compareVersions } from "./dialects/span-tree.ts";
import { readEngineSpan } from "./read-engine-span.ts";
import { recallSpan, recallTrace, type TraceNote } from "./recall-trace.ts";
import { createTraceRecord, type TraceRecord, type WaitingSpan } from "./trace-record.ts";

/** The traces that are known, and how much of them waits. */
export interface HeldTraces {
  /** Every trace, by id. */
  readonly records: ReadonlyMap<string, TraceRecord>;
  /** The record of a trace, made where there is none. */
  recordOf(traceId: string, nowMs: number): TraceRecord;
  /** Keeps span `i` of an engine; undefined where it says nothing new. */
  hold(table: SpanTable, i: number, nowMs: number, isKnown: boolean): TraceRecord | undefined;
  /** Whether a held phase waits for span `i` as its parent. */
  isAwaited(table: SpanTable, i: number): boolean;
  /** The spans of a trace that wait leave. */
  leave(record: TraceRecord): void;
  forget(record: TraceRecord): void;
  /** Spans that wait, and their bytes without what they share: resources and scopes. */
  readonly heldCount: number;
  readonly heldBytes: number;
}

/** Creates an empty hold; a span that left is looked at again after `holdMs`. */
export function createHeldTraces(
  holdMs: number,
  recall?: (traceId: string) => TraceNote | undefined,
): HeldTraces {
  const records = new Map<string, TraceRecord>();
  const awaited = createAwaitedParents();
  let heldCount = 0;
  let heldBytes = 0;

  function recordOf(traceId: string, nowMs: number): TraceRecord {
    let record = records.get(traceId);
    if (record === undefined) {
      record = createTraceRecord(traceId, nowMs);
      const note = recall?.(traceId);
      if (note !== undefined) recallTrace(record, note);
      records.set(traceId, record);
    }
    return record;
  }

  function add(record: TraceRecord, waiting: WaitingSpan, nowMs: number): void {
    if (recallSpan(record, waiting)) {
      record.recheckAtMs = nowMs + holdMs;
      return;
    }
    if (record.waiting.length === 0) record.waitingSinceMs = nowMs;
    record.waiting.push(waiting);
    heldCount++;
    heldBytes += waiting.held.bytes.length;
  }

  /** A span that left does not leave again: what it changes is restated. */
  function replace(record: TraceRecord, waiting: WaitingSpan, nowMs: number): void {
    const at = record.waiting.findIndex(({ engine }) => engine.spanId === waiting.engine.spanId);
    if (at >= 0) {
      heldBytes += waiting.held.bytes.length - (record.waiting[at]?.held.bytes.length ?? 0);
      record.waiting[at] = waiting;
    } else record.recheckAtMs = Math.min(record.recheckAtMs, nowMs + holdMs);
  }

  return {
    records,
    recordOf,
    hold(table, i, nowMs, isKnown) {
      const record = recordOf(traceIdOf(table, i), nowMs);
      const engine = readEngineSpan(table, i, isKnown);
      const known = record.spans.get(engine.spanId);
      if (known !== undefined && compareVersions(known, engine) >= 0) return undefined;
      record.lastSeenMs = nowMs;
      record.isAnnounced = false;
      record.spans.set(engine.spanId, engine);
      awaited.note(engine, (id) => record.spans.has(id));
      const waiting: WaitingSpan = {
        engine,
        held: copySpan(table, i),
        traceState: traceStateOf(table, i),
        flags: flagsOf(table, i),
      };
      if (known === undefined) add(record, waiting, nowMs);
      else replace(record, waiting, nowMs);
      return record;
    },
    isAwaited: (table, i) =>
      awaited.size > 0 && awaited.has(spanIdOf(table, i), () => traceIdOf(table, i)),
    leave(record) {
      heldCount -= record.waiting.length;
      for (const { held } of record.waiting) heldBytes -= held.bytes.length;
      record.left ??= record.waiting[0];
      record.waiting.length = 0;
    },
    forget(record) {
      records.delete(record.traceId);
      for (const span of record.spans.values()) awaited.forget(span);
    },
    get heldCount() {
      return heldCount;
    },
    get heldBytes() {
      return heldBytes;
    },
  };
}

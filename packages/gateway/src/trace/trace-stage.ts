import {
  attributesOf,
  copySpan,
  createTraceScanner,
  type Encoding,
  encodeTraces,
  endUnixNanoOf,
  flagsOf,
  kindOf,
  nameOf,
  type OutSpan,
  parentSpanIdOf,
  resourceAttributesOf,
  type SpanTable,
  scopeNameOf,
  spanIdOf,
  startUnixNanoOf,
  traceIdOf,
  traceStateOf,
  withoutSpans,
} from "@wattspan/otlp";
import type { DeviceStage, StagedPhase } from "../device/device-stage.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import { createAwaitedParents } from "./awaited-parents.ts";
import { deriveSpanId } from "./derive-id.ts";
import { deriveTrace } from "./dialects/derive-trace.ts";
import type { EngineSpan } from "./dialects/dialect.ts";
import { HELD_SPAN_NAMES, MARKER_KEYS } from "./dialects/dialects.ts";
import { compareVersions } from "./dialects/span-tree.ts";
import { enrichTrace, type Restatement, restatePhase } from "./enrich-trace.ts";
import { createDimensionReader } from "./note-dimensions.ts";
import { createPlacement } from "./place-worker.ts";
import {
  createTraceRecord,
  type SentPhase,
  type TracedPhase,
  type TraceRecord,
  type WaitingSpan,
} from "./trace-record.ts";

/** A request to send on. */
interface OutRequest {
  readonly encoding: Encoding;
  readonly body: Uint8Array;
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
    readonly rejected: readonly string[];
    readonly latestMs: number;
  };
  /** Traces whose figures are final, or whose hold time ended, as they leave; all of them where `isLast`. */
  release(nowMs: number, isLast: boolean): readonly OutRequest[];
  /** Every trace still known, by id. */
  records(): ReadonlyMap<string, TraceRecord>;
  expire(beforeMs: number): void;
  readonly restatements: readonly Restatement[];
  readonly heldCount: number;
  /** Bytes of the spans held, without what they share: resources and scopes. */
  readonly heldBytes: number;
}

/** Creates the trace stage over a device stage. */
export function createTraceStage(options: PipelineOptions, stage: DeviceStage): TraceStage {
  const dimensionKeys = [...new Set([...options.dimensions.values()].flat())];
  const scanner = createTraceScanner({
    names: HELD_SPAN_NAMES,
    keys: [...MARKER_KEYS, ...dimensionKeys].slice(0, 32),
  });
  const markerMask = 2 ** MARKER_KEYS.length - 1;
  const place = createPlacement(options.nodes, options.workers);
  const records = new Map<string, TraceRecord>();
  const active = new Set<TraceRecord>();
  const awaited = createAwaitedParents();
  const noteDimensions = createDimensionReader(options.dimensions);
  const restatements: Restatement[] = [];
  let heldCount = 0;
  let heldBytes = 0;

  function parentsOfMarked(table: SpanTable): Set<string> {
    const parents = new Set<string>();
    for (let i = 0; i < table.count; i++) {
      if (((table.keyMask[i] as number) & markerMask) !== 0) parents.add(parentSpanIdOf(table, i));
    }
    parents.delete("");
    return parents;
  }

  function recordOf(traceId: string, nowMs: number): TraceRecord {
    let record = records.get(traceId);
    if (record === undefined) {
      record = createTraceRecord(traceId, nowMs);
      records.set(traceId, record);
    }
    return record;
  }

  /** Keeps a span of an engine; undefined where it says nothing new. */
  function hold(table: SpanTable, i: number, nowMs: number): TraceRecord | undefined {
    const record = recordOf(traceIdOf(table, i), nowMs);
    const engine = readEngineSpan(table, i);
    const known = record.spans.get(engine.spanId);
    if (known !== undefined && compareVersions(known, engine) >= 0) return undefined;
    record.lastSeenMs = nowMs;
    record.spans.set(engine.spanId, engine);
    awaited.note(engine, (id) => record.spans.has(id));
    const waiting: WaitingSpan = {
      engine,
      held: copySpan(table, i),
      traceState: traceStateOf(table, i),
      flags: flagsOf(table, i),
    };
    if (known === undefined) {
      heldBytes += waiting.held.bytes.length;
      if (record.waiting.length === 0) record.waitingSinceMs = nowMs;
      record.waiting.push(waiting);
      heldCount++;
      return record;
    }
    // A span that left does not leave again: what it changes is restated.
    const at = record.waiting.findIndex((one) => one.engine.spanId === engine.spanId);
    if (at >= 0) {
      heldBytes += waiting.held.bytes.length - (record.waiting[at]?.held.bytes.length ?? 0);
      record.waiting[at] = waiting;
    } else record.recheckAtMs = Math.min(record.recheckAtMs, nowMs + options.join.holdMs);
    return record;
  }

  /** Phases are an upsert: what the trace tells now replaces what it told before. */
  function rederive(record: TraceRecord, nowMs: number): void {
    const { requests } = deriveTrace([...record.spans.values()]);
    const before = new Set(record.stagedIds);
    const phases: TracedPhase[] = [];
    for (const request of requests) {
      for (const derived of request.phases) {
        const staged = stageOf(record, request.requestId, derived);
        before.delete(staged.id);
        phases.push({ request, derived, staged });
        // Figures that the sender gave stand, but the work is load all the same.
        stage.upsert(staged, nowMs);
      }
    }
    for (const id of before) stage.remove(id);
    record.stagedIds = phases.map(({ staged }) => staged.id);
    record.requests = requests;
    record.phases = phases.filter(({ derived }) => derived.isSettled !== true);
  }

  function stageOf(
    record: TraceRecord,
    requestId: string,
    derived: TracedPhase["derived"],
  ): StagedPhase {
    return {
      id: deriveSpanId(record.traceId, requestId, derived.key),
      phase: derived.phase,
      startUnixNano: derived.startUnixNano,
      endUnixNano: derived.endUnixNano,
      ...(derived.processedTokens === undefined
        ? {}
        : { processedTokens: derived.processedTokens }),
      includesQueueing: derived.includesQueueing,
      placement: place(derived.worker, derived.deviceIds, derived.startUnixNano),
      worker: derived.key.split("/").slice(1, -1).join("/"),
    };
  }

  const isFinal = (traced: TracedPhase, nowMs: number): boolean =>
    stage.finalAtMs(traced.staged) <= nowMs;

  function isDue(record: TraceRecord, nowMs: number): boolean {
    if (nowMs - record.waitingSinceMs >= options.join.holdMs) {
      const cappedMs = record.phases.map(({ staged }) => Number(staged.endUnixNano / 1_000_000n));
      return (
        cappedMs.every((endMs) => nowMs - endMs >= options.join.holdMs) ||
        record.requests.some((r) => r.isOpen)
      );
    }
    if (nowMs - record.lastSeenMs < options.join.exportDelayMs) return false;
    if (record.requests.some((request) => request.isOpen)) return false;
    return record.phases.every((traced) => isFinal(traced, nowMs));
  }

  function recheck(record: TraceRecord): OutSpan[] {
    record.recheckAtMs = Infinity;
    const corrections: OutSpan[] = [];
    for (const sent of record.sent.values()) {
      const current = record.phases.find(({ staged }) => staged.id === sent.traced.staged.id);
      const known: SentPhase =
        current === undefined ? sent : Object.assign(sent, { traced: current });
      const corrected = restatePhase(record, known, stage);
      if (corrected === undefined) continue;
      corrections.push(corrected.span);
      restatements.push(corrected.restatement);
    }
    return corrections;
  }

  return {
    accept(encoding, body, nowMs) {
      const table = scanner.scan(body, encoding);
      const parents = parentsOfMarked(table);
      const isHeld = new Uint8Array(table.count);
      const touched = new Set<TraceRecord>();
      let latest = 0n;
      for (let i = 0; i < table.count; i++) {
        const end = endUnixNanoOf(table, i);
        if (end > latest) latest = end;
        const mask = table.keyMask[i] as number;
        const isEngine =
          (table.nameIndex[i] as number) >= 0 ||
          (mask & markerMask) !== 0 ||
          (parents.size > 0 && parents.has(spanIdOf(table, i))) ||
          (awaited.size > 0 && awaited.has(spanIdOf(table, i), () => traceIdOf(table, i)));
        if (mask > markerMask)
          noteDimensions(table, i, recordOf(traceIdOf(table, i), nowMs).dimensions);
        if (!isEngine) continue;
        isHeld[i] = 1;
        const record = hold(table, i, nowMs);
        if (record !== undefined) touched.add(record);
      }
      for (const record of touched) {
        active.add(record);
        rederive(record, nowMs);
      }
      return {
        forward: withoutSpans(table, (i) => isHeld[i] === 1),
        rejected: table.rejected.map(({ reason }) => reason),
        latestMs: Number(latest / 1_000_000n),
      };
    },
    release(nowMs, isLast) {
      const out: OutSpan[] = [];
      for (const record of active) {
        if (record.waiting.length > 0 && (isLast || isDue(record, nowMs))) {
          const final = (traced: TracedPhase): boolean => isLast || isFinal(traced, nowMs);
          out.push(...enrichTrace(record, stage, options, final));
          heldCount -= record.waiting.length;
          for (const { held } of record.waiting) heldBytes -= held.bytes.length;
          record.waiting.length = 0;
          record.recheckAtMs = nowMs + options.join.holdMs;
        }
        if (isLast || nowMs >= record.recheckAtMs) out.push(...recheck(record));
        if (record.waiting.length === 0 && record.recheckAtMs === Infinity) active.delete(record);
      }
      return out.length === 0 ? [] : encodeTraces(out);
    },
    records: () => records,
    expire(beforeMs) {
      for (const [traceId, record] of records) {
        if (record.lastSeenMs >= beforeMs || record.waiting.length > 0) continue;
        active.delete(record);
        records.delete(traceId);
        for (const span of record.spans.values()) awaited.forget(span);
      }
    },
    restatements,
    get heldCount() {
      return heldCount;
    },
    get heldBytes() {
      return heldBytes;
    },
  };
}

function readEngineSpan(table: SpanTable, i: number): EngineSpan {
  return {
    traceId: traceIdOf(table, i),
    spanId: spanIdOf(table, i),
    parentSpanId: parentSpanIdOf(table, i),
    name: nameOf(table, i),
    kind: kindOf(table, i),
    startUnixNano: startUnixNanoOf(table, i),
    endUnixNano: endUnixNanoOf(table, i),
    attributes: attributesOf(table, i),
    resourceAttributes: resourceAttributesOf(table, i),
    scopeName: scopeNameOf(table, i),
  };
}

import { type Footprint, hostJoulesOf, type RollUp } from "@wattspan/footprint";
import { type SaidFigure, saidFootprint } from "./said-footprint.ts";
import type { SentPhase, TraceRecord, WaitingSpan } from "./trace-record.ts";

/**
 * What was said of a trace, as plain data that JSON carries unchanged: enough to go on after a restart, or in another
 * process, without saying it again.
 */
export interface TraceNote {
  readonly traceId: string;
  /** When a span of it came last, ms. */
  readonly seenMs: number;
  /** Spans of the engine that left. */
  readonly spanIds: readonly string[];
  /** The span that late spans of ours go beside. */
  readonly leftId?: string;
  readonly phases: readonly PhaseNote[];
  readonly totals: readonly TotalNote[];
  readonly isSummedUp: boolean;
}

/** Figures of a phase that left, corrections included. */
interface PhaseNote extends Pick<SentPhase, "spanId" | "state" | "revision">, SaidFigure {
  readonly id: string;
  /** The span beside which its corrections go. */
  readonly besideId: string;
}

/** A request's total that left. */
interface TotalNote extends Pick<RollUp, "status" | "totalJoules" | "gramsCo2e"> {
  readonly requestId: string;
  readonly spanId: string;
  readonly revision: number;
}

/** What is left to take up of a trace. */
export interface RecalledTrace {
  readonly spanIds: ReadonlySet<string>;
  readonly leftId: string | undefined;
  readonly phases: readonly PhaseNote[];
  /** Spans that came again, by id. */
  readonly besides: Map<string, WaitingSpan>;
}

/** What a trace has said so far; spans that still wait have not. */
export function noteTrace(record: TraceRecord): TraceNote {
  const { recalled } = record;
  const waiting = new Set(record.waiting.map(({ engine }) => engine.spanId));
  const spanIds = new Set(recalled?.spanIds);
  for (const id of record.spans.keys()) if (!waiting.has(id)) spanIds.add(id);
  const leftId = record.left?.engine.spanId ?? recalled?.leftId;
  // What was recalled and has no phase again yet still holds.
  const others = recalled?.phases.filter(({ id }) => !record.sent.has(id)) ?? [];
  return {
    traceId: record.traceId,
    seenMs: record.lastSeenMs,
    spanIds: [...spanIds],
    ...(leftId === undefined ? {} : { leftId }),
    phases: [...[...record.sent].map(([id, sent]) => notePhase(id, sent)), ...others],
    totals: [...record.rolledUp].map(([requestId, { spanId, revision, total }]) => ({
      requestId,
      spanId,
      revision,
      status: total.status,
      ...(total.totalJoules === undefined ? {} : { totalJoules: total.totalJoules }),
      ...(total.gramsCo2e === undefined ? {} : { gramsCo2e: total.gramsCo2e }),
    })),
    isSummedUp: record.isSummedUp,
  };
}

function notePhase(id: string, sent: SentPhase): PhaseNote {
  const { spanId, state, revision, footprint, beside } = sent;
  const { status, pue, energy, gramsCo2e, embodiedGrams } = footprint;
  return {
    id,
    spanId,
    besideId: beside.engine.spanId,
    state,
    revision,
    status,
    pue,
    ...(energy === undefined ? {} : { energyJoules: energy.energyJoules }),
    ...(gramsCo2e === undefined ? {} : { gramsCo2e }),
    ...(embodiedGrams === undefined ? {} : { embodiedGrams }),
    ...hostOf(footprint),
  };
}

function hostOf({ energy }: Footprint): Pick<SaidFigure, "hostJoules"> {
  const hostJoules = energy && hostJoulesOf(energy);
  return hostJoules === undefined ? {} : { hostJoules };
}

/** Takes up what was said of a trace; its spans come again and do not leave again. */
export function recallTrace(record: TraceRecord, note: TraceNote): void {
  record.recalled = {
    spanIds: new Set(note.spanIds),
    leftId: note.leftId,
    phases: note.phases,
    besides: new Map(),
  };
  record.isSummedUp = note.isSummedUp;
  record.hasLeft = note.phases.length > 0;
  for (const { requestId, spanId, revision, ...total } of note.totals) {
    record.rolledUp.set(requestId, { spanId, revision, total });
  }
}

/** Whether a span that comes for the first time had left before. */
export function recallSpan(record: TraceRecord, waiting: WaitingSpan): boolean {
  const { recalled } = record;
  const { spanId } = waiting.engine;
  if (recalled === undefined || !recalled.spanIds.has(spanId)) return false;
  if (spanId === recalled.leftId || record.left === undefined) record.left = waiting;
  recalled.besides.set(spanId, waiting);
  return true;
}

/** Marks the phases of a recalled trace as sent, as far as its spans have told of them again. */
export function recallPhases(record: TraceRecord): void {
  const { recalled } = record;
  if (recalled === undefined) return;
  for (const { id, spanId, besideId, state, revision, ...said } of recalled.phases) {
    const beside = recalled.besides.get(besideId) ?? record.left;
    if (beside === undefined) continue;
    const sent = record.sent.get(id);
    if (sent !== undefined) {
      // Another span stood in for it until its own came again.
      if (beside.engine.spanId === besideId) sent.beside = beside;
      continue;
    }
    const traced = record.phases.find(({ staged }) => staged.id === id);
    if (traced === undefined) continue;
    const footprint = saidFootprint(said);
    record.sent.set(id, { spanId, traced, footprint, beside, state, revision });
  }
}

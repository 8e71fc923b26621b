import { type Footprint, hostJoulesOf, type RollUp } from "@wattspan/footprint";
import { type SaidFigure, saidFootprint } from "./said-footprint.ts";
import type { SentPhase, TraceRecord } from "./trace-record.ts";

/** What was said of a trace, as plain data: enough for another process to go on without saying it again. */
export interface TraceNote {
  readonly traceId: string;
  /** Spans of the engine that left. */
  readonly spanIds: readonly string[];
  readonly phases: readonly PhaseNote[];
  readonly totals: readonly TotalNote[];
  readonly isSummedUp: boolean;
}

/** Figures of a phase that left. */
interface PhaseNote extends Pick<SentPhase, "spanId" | "state" | "revision">, SaidFigure {
  readonly id: string;
}

/** A request's total that left. */
interface TotalNote extends Pick<RollUp, "status" | "totalJoules" | "gramsCo2e"> {
  readonly requestId: string;
  readonly spanId: string;
  readonly revision: number;
}

/** What a trace has said so far. */
export function noteTrace(record: TraceRecord): TraceNote {
  const waiting = new Set(record.waiting.map(({ engine }) => engine.spanId));
  const left = new Set(record.recalled?.spanIds);
  for (const id of record.spans.keys()) if (!waiting.has(id)) left.add(id);
  const sent = [...record.sent].map(
    ([id, { spanId, state, revision, footprint }]): PhaseNote => ({
      id,
      spanId,
      state,
      revision,
      status: footprint.status,
      pue: footprint.pue,
      ...(footprint.energy === undefined ? {} : { energyJoules: footprint.energy.energyJoules }),
      ...(footprint.gramsCo2e === undefined ? {} : { gramsCo2e: footprint.gramsCo2e }),
      ...(footprint.embodiedGrams === undefined ? {} : { embodiedGrams: footprint.embodiedGrams }),
      ...hostOf(footprint),
    }),
  );
  // What was recalled and has no phase again yet still holds.
  const others = record.recalled?.phases.filter(({ id }) => !record.sent.has(id)) ?? [];
  return {
    traceId: record.traceId,
    spanIds: [...left],
    phases: [...sent, ...others],
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

function hostOf({ energy }: Footprint): Pick<SaidFigure, "hostJoules"> {
  const hostJoules = energy && hostJoulesOf(energy);
  return hostJoules === undefined ? {} : { hostJoules };
}

/** Takes up what a trace said in another process; its spans come again and do not leave again. */
export function recallTrace(record: TraceRecord, note: TraceNote): void {
  record.recalled = { spanIds: new Set(note.spanIds), phases: note.phases };
  record.isSummedUp = note.isSummedUp;
  record.hasLeft = note.phases.length > 0;
  for (const { requestId, spanId, revision, ...total } of note.totals) {
    record.rolledUp.set(requestId, { spanId, revision, total });
  }
}

/** Marks the phases of a recalled trace as sent, as far as its spans have told of them again. */
export function recallPhases(record: TraceRecord): void {
  const beside = record.left;
  if (record.recalled === undefined || beside === undefined) return;
  for (const { id, spanId, state, revision, ...said } of record.recalled.phases) {
    if (record.sent.has(id)) continue;
    const traced = record.phases.find(({ staged }) => staged.id === id);
    if (traced === undefined) continue;
    record.sent.set(id, {
      spanId,
      traced,
      footprint: saidFootprint(said),
      beside,
      state,
      revision,
    });
  }
}

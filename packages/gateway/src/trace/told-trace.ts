import type { Footprint, RollUp } from "@wattspan/footprint";
import type { SentPhase, TraceRecord, WaitingSpan } from "./trace-record.ts";

/** What left of a trace, as plain data that JSON carries unchanged. */
export interface ToldTrace {
  readonly traceId: string;
  /** When a span of it came last, ms. */
  readonly seenMs: number;
  /** Ids of the spans that left. */
  readonly spanIds: readonly string[];
  /** The span that late spans of ours go beside. */
  readonly leftId?: string;
  readonly phases: readonly ToldPhase[];
  readonly totals: readonly ToldTotal[];
  readonly isSummedUp: boolean;
}

/** Figures of one phase that left, corrections included. */
interface ToldPhase extends Pick<SentPhase, "spanId" | "state" | "revision"> {
  readonly id: string;
  /** The span beside which its corrections go. */
  readonly besideId: string;
  readonly status: Footprint["status"];
  readonly pue: number;
  readonly joules?: number;
  readonly grams?: number;
}

interface ToldTotal {
  readonly requestId: string;
  readonly spanId: string;
  readonly total: RollUp;
  readonly revision: number;
}

/** What is left to put back of a trace that was told of before a restart. */
export interface ToldBefore {
  readonly spanIds: ReadonlySet<string>;
  readonly leftId: string | undefined;
  readonly phases: ReadonlyMap<string, ToldPhase>;
  /** Spans that came again and beside which corrections go. */
  readonly besides: Map<string, WaitingSpan>;
}

/** What was told of a trace; spans that still wait are not. */
export function tellOf(record: TraceRecord): ToldTrace {
  const waiting = new Set(record.waiting.map(({ engine }) => engine.spanId));
  const { left } = record;
  return {
    traceId: record.traceId,
    seenMs: record.lastSeenMs,
    spanIds: [...record.spans.keys()].filter((id) => !waiting.has(id)),
    ...(left === undefined ? {} : { leftId: left.engine.spanId }),
    phases: [...record.sent].map(([id, sent]) => tellPhase(id, sent)),
    totals: [...record.rolledUp].map(([requestId, told]) => ({ requestId, ...told })),
    isSummedUp: record.isSummedUp,
  };
}

function tellPhase(id: string, sent: SentPhase): ToldPhase {
  const { spanId, beside, footprint, state, revision } = sent;
  const { status, pue, energy, gramsCo2e } = footprint;
  return {
    id,
    spanId,
    besideId: beside.engine.spanId,
    state,
    revision,
    status,
    pue,
    ...(energy === undefined ? {} : { joules: energy.energyJoules }),
    ...(gramsCo2e === undefined ? {} : { grams: gramsCo2e }),
  };
}

/** Puts back into an empty record what does not need its spans; figures follow as their phases come again. */
export function restoreTold(record: TraceRecord, told: ToldTrace): void {
  record.before = {
    spanIds: new Set(told.spanIds),
    leftId: told.leftId,
    phases: new Map(told.phases.map((phase) => [phase.id, phase])),
    besides: new Map(),
  };
  for (const { requestId, ...total } of told.totals) record.rolledUp.set(requestId, total);
  record.isSummedUp = told.isSummedUp;
  record.hasLeft = told.phases.length > 0;
}

/** Whether a span that comes for the first time since a restart had left before it. */
export function leftBefore(record: TraceRecord, waiting: WaitingSpan): boolean {
  const { before } = record;
  const { spanId } = waiting.engine;
  if (before === undefined || !before.spanIds.has(spanId)) return false;
  if (spanId === before.leftId) record.left = waiting;
  before.besides.set(spanId, waiting);
  return true;
}

/** Puts figures back that were sent before a restart, for the phases that are known again. */
export function restoreSent(record: TraceRecord, before: ToldBefore): void {
  for (const traced of record.phases) {
    const { id } = traced.staged;
    const told = before.phases.get(id);
    const beside = told && (before.besides.get(told.besideId) ?? record.left);
    if (told === undefined || beside === undefined || record.sent.has(id)) continue;
    const { spanId, state, revision } = told;
    record.sent.set(id, { spanId, traced, footprint: figuresOf(told), beside, state, revision });
  }
}

/** The figures as far as corrections need them: which devices they came from is not known any more. */
function figuresOf({ status, pue, joules, grams }: ToldPhase): Footprint {
  const energy = joules === undefined ? undefined : { ...NO_ENERGY, energyJoules: joules };
  return {
    status,
    pue,
    ...(energy === undefined ? {} : { energy }),
    ...(grams === undefined ? {} : { gramsCo2e: grams }),
  };
}

const NO_ENERGY: NonNullable<Footprint["energy"]> = {
  dynamicJoules: Number.NaN,
  idleJoules: Number.NaN,
  energyJoules: Number.NaN,
  lowerJoules: Number.NaN,
  upperJoules: Number.NaN,
  coverage: Number.NaN,
  windowJoules: Number.NaN,
  devices: [],
};

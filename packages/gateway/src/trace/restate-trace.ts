import { deriveSpanId, type Footprint, hostJoulesOf, litresOf, rollUp } from "@wattspan/footprint";
import type { Attribute, OutSpan } from "@wattspan/otlp";
import {
  ATTR_FOOTPRINT_CARBON_EMBODIED,
  ATTR_FOOTPRINT_CARBON_OPERATIONAL,
  ATTR_FOOTPRINT_CARBON_TOTAL,
  ATTR_FOOTPRINT_ENERGY_ACCELERATOR,
  ATTR_FOOTPRINT_ENERGY_HOST,
  ATTR_FOOTPRINT_ENERGY_TOTAL,
  ATTR_FOOTPRINT_MEASUREMENT_REVISION,
  ATTR_FOOTPRINT_REQUEST_CARBON,
  ATTR_FOOTPRINT_REQUEST_ENERGY,
  ATTR_FOOTPRINT_RESTATEMENT_REASON,
  ATTR_FOOTPRINT_WATER_CONSUMPTION,
} from "@wattspan/semconv";
import type { PhaseStage } from "../device/device-stage.ts";
import { type Elsewhere, NOWHERE, topmostOf } from "./elsewhere.ts";
import { chargedParts, hasSettled, WATTSPAN_SCOPE } from "./enrich-trace.ts";
import type { PhaseReporter } from "./report-phases.ts";
import type {
  SentPhase,
  SentTotal,
  TracedPhase,
  TraceRecord,
  WaitingSpan,
} from "./trace-record.ts";

/** A phase's figure that was sent and no longer holds. */
export interface Restatement {
  readonly traceId: string;
  readonly requestId: string;
  readonly phase: string;
  readonly spanId: string;
  readonly revision: number;
  readonly reason: string;
  /** Signed differences: joules at the meter, and grams where a figure has them. */
  readonly energyJoules: number;
  readonly carbonGrams?: number;
  readonly embodiedGrams?: number;
  /** The host's part of `energyJoules`. */
  readonly hostJoules?: number;
}

/** What changed of a trace, as spans to send; `restatements` are those of phases. */
interface Corrections {
  readonly spans: readonly OutSpan[];
  readonly restatements: readonly Restatement[];
}

/** A restatement span in the making. */
interface Draft {
  readonly correctedId: string;
  /** Tells corrections of a span's phase and of its request apart. */
  readonly kind: "restatement" | "request restatement";
  readonly revision: number;
  readonly endUnixNano: bigint;
  readonly beside: WaitingSpan;
  readonly attributes: Attribute[];
}

/**
 * Corrections of every figure of a trace that left and no longer holds, in joules or in grams. A request's
 * difference goes with the first of its phases that changed, else under the request's span. What is too old to be
 * kept stands.
 */
export function restateTrace(
  record: TraceRecord,
  stage: PhaseStage,
  reporter: PhaseReporter,
  elsewhere: Elsewhere = NOWHERE,
): Corrections {
  const drafts = new Map<string, Draft>();
  const spans: Draft[] = [];
  const restatements: Restatement[] = [];
  const footprints = new Map<TracedPhase, Footprint>();
  /** Requests whose totals stand: their phases are too old, or not all ours. */
  const standing = new Set<string>();
  for (const sent of record.sent.values()) {
    const id = sent.traced.staged.id;
    const current = record.phases.find(({ staged }) => staged.id === id);
    sent.traced = current ?? sent.traced;
    const { requestId } = sent.traced.request;
    if (!stage.isKept(sent.traced.staged)) {
      standing.add(requestId);
      continue;
    }
    const now = stage.footprintOf(sent.traced.staged, false);
    if (current !== undefined) footprints.set(current, now);
    const restatement = restatePhase(record, sent, now);
    reporter.rechecked(record, sent, restatement);
    if (restatement === undefined) continue;
    restatements.push(restatement);
    const draft = draftOf(sent, restatement, now);
    spans.push(draft);
    if (!drafts.has(requestId)) drafts.set(requestId, draft);
  }
  const isTopmost = elsewhere.isTopmost(record.traceId, topmostOf(record));
  if (isTopmost) noteSilentRoots(record);
  for (const request of record.requests) if (hasSettled(request)) standing.add(request.requestId);
  for (const [requestId, told] of record.rolledUp) {
    if (standing.has(requestId)) continue;
    const away = elsewhere.partsOf(record.traceId, requestId, record.requests.length === 1);
    // A total that turns out to be another site's to tell is taken back.
    const parts = isTopmost ? [...chargedParts(footprints, requestId), ...away] : [];
    const attributes = restateTotal(told, parts);
    const beside = record.left;
    if (attributes.length === 0 || beside === undefined) continue;
    const draft = drafts.get(requestId) ?? totalDraftOf(record, told, beside);
    if (!drafts.has(requestId)) spans.push(draft);
    draft.attributes.push(...attributes);
  }
  return { spans: spans.map((draft) => spanOf(record, draft)), restatements };
}

/** Request spans that left before any phase was known told a total of nothing. */
function noteSilentRoots(record: TraceRecord): void {
  for (const { requestId, rootSpanId, phases } of record.requests) {
    if (rootSpanId === undefined || phases.length === 0 || record.rolledUp.has(requestId)) continue;
    if (record.waiting.some(({ engine }) => engine.spanId === rootSpanId)) continue;
    record.rolledUp.set(requestId, { spanId: rootSpanId, total: rollUp([]), revision: 0 });
  }
}

const isOther = (least: number, before = 0, after = 0): boolean =>
  Math.abs(after - before) > Math.max(least, 1e-3 * Math.abs(before));
/** By more than 1 mJ and 0.1 %. */
const isOtherEnergy = (before?: number, after?: number): boolean => isOther(1e-3, before, after);
/** By more than 1 µg and 0.1 %. */
const isOtherMass = (before?: number, after?: number): boolean => isOther(1e-6, before, after);

/** What is new about a phase's figure; remembers it as told. */
function restatePhase(
  record: TraceRecord,
  sent: SentPhase,
  now: Footprint,
): Restatement | undefined {
  const { footprint, spanId } = sent;
  const before = footprint.energy?.energyJoules ?? 0;
  const after = now.energy?.energyJoules ?? 0;
  const isEnergy = isOtherEnergy(before, after);
  if (!isEnergy && !isOtherMass(footprint.gramsCo2e, now.gramsCo2e)) return undefined;
  sent.revision++;
  sent.footprint = now;
  const carbonGrams = differenceOf(footprint.gramsCo2e, now.gramsCo2e);
  const embodiedGrams = differenceOf(footprint.embodiedGrams, now.embodiedGrams);
  const hostJoules = differenceOf(
    footprint.energy && hostJoulesOf(footprint.energy),
    now.energy && hostJoulesOf(now.energy),
  );
  return {
    traceId: record.traceId,
    requestId: sent.traced.request.requestId,
    phase: sent.traced.derived.phase,
    spanId,
    revision: sent.revision,
    reason: isEnergy ? (before === 0 ? "late_reading" : "late_span") : "factor_revised",
    energyJoules: after - before,
    ...(carbonGrams === undefined ? {} : { carbonGrams }),
    ...(embodiedGrams === undefined ? {} : { embodiedGrams }),
    ...(hostJoules === undefined ? {} : { hostJoules }),
  };
}

function differenceOf(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined && after === undefined ? undefined : (after ?? 0) - (before ?? 0);
}

function draftOf(sent: SentPhase, restatement: Restatement, { pue, water }: Footprint): Draft {
  const { revision, reason, energyJoules, carbonGrams, embodiedGrams, hostJoules } = restatement;
  return {
    correctedId: sent.spanId,
    kind: "restatement",
    revision,
    endUnixNano: sent.traced.staged.endUnixNano,
    beside: sent.beside,
    attributes: [
      ...headOf(reason, revision),
      { key: ATTR_FOOTPRINT_ENERGY_ACCELERATOR, value: energyJoules - (hostJoules ?? 0) },
      ...(hostJoules === undefined ? [] : [{ key: ATTR_FOOTPRINT_ENERGY_HOST, value: hostJoules }]),
      { key: ATTR_FOOTPRINT_ENERGY_TOTAL, value: energyJoules * pue },
      ...(carbonGrams === undefined
        ? []
        : [
            { key: ATTR_FOOTPRINT_CARBON_OPERATIONAL, value: carbonGrams },
            { key: ATTR_FOOTPRINT_CARBON_TOTAL, value: carbonGrams + (embodiedGrams ?? 0) },
          ]),
      ...(embodiedGrams === undefined
        ? []
        : [{ key: ATTR_FOOTPRINT_CARBON_EMBODIED, value: embodiedGrams }]),
      ...(water === undefined
        ? []
        : [{ key: ATTR_FOOTPRINT_WATER_CONSUMPTION, value: litresOf(energyJoules, water, pue) }]),
    ],
  };
}

function headOf(reason: string, revision: number): Attribute[] {
  return [
    { key: ATTR_FOOTPRINT_RESTATEMENT_REASON, value: reason },
    { key: ATTR_FOOTPRINT_MEASUREMENT_REVISION, value: BigInt(revision) },
  ];
}

/** What is new about a request's total; remembers it as told. */
function restateTotal(told: SentTotal, parts: readonly Footprint[]): readonly Attribute[] {
  const before = told.total;
  const after = rollUp(parts);
  const isSame = !isOtherEnergy(before.totalJoules, after.totalJoules);
  if (isSame && !isOtherMass(before.gramsCo2e, after.gramsCo2e)) return [];
  told.total = after;
  const joules = differenceOf(before.totalJoules, after.totalJoules) ?? 0;
  const grams = differenceOf(before.gramsCo2e, after.gramsCo2e);
  return [
    { key: ATTR_FOOTPRINT_REQUEST_ENERGY, value: joules },
    ...(grams === undefined ? [] : [{ key: ATTR_FOOTPRINT_REQUEST_CARBON, value: grams }]),
  ];
}

/** A restatement of a total none of whose phases changed: phases came late, or went. */
function totalDraftOf(record: TraceRecord, told: SentTotal, beside: WaitingSpan): Draft {
  told.revision++;
  return {
    correctedId: told.spanId,
    kind: "request restatement",
    revision: told.revision,
    endUnixNano: record.spans.get(told.spanId)?.endUnixNano ?? beside.engine.endUnixNano,
    beside,
    attributes: headOf("late_span", told.revision),
  };
}

function spanOf(record: TraceRecord, draft: Draft): OutSpan {
  const { correctedId, kind, revision, endUnixNano, beside, attributes } = draft;
  const { traceId } = record;
  return {
    create: {
      traceId,
      spanId: deriveSpanId(traceId, correctedId, kind, revision),
      parentSpanId: correctedId,
      name: "restatement",
      kind: 1,
      startUnixNano: endUnixNano,
      endUnixNano,
      flags: beside.flags,
      attributes,
      links: [{ traceId, spanId: correctedId }],
    },
    beside: beside.held,
    scope: WATTSPAN_SCOPE,
  };
}

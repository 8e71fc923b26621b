import {
  deriveSpanId,
  type Footprint,
  type FootprintAttribute,
  phaseAttributes,
  type RollUp,
  requestAttributes,
  rollUp,
  tokensOf,
  traceAttributes,
} from "@wattspan/footprint";
import type { Attribute, NewSpan, OutSpan, Scope } from "@wattspan/otlp";
import { SCHEMA_URL } from "@wattspan/semconv";
import type { PhaseStage } from "../device/device-stage.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import { version } from "../send/version.ts";
import type { DerivedPhase, DerivedRequest } from "./dialects/dialect.ts";
import { type Elsewhere, NOWHERE, topmostOf } from "./elsewhere.ts";
import type { TracedPhase, TraceRecord, WaitingSpan } from "./trace-record.ts";

/** Scope of the spans that the gateway adds. */
export const WATTSPAN_SCOPE: Scope = { name: "wattspan", version, schemaUrl: SCHEMA_URL };

/**
 * Spans of one trace as they leave: the engine's own with phase attributes or roll-ups spliced in, and phase spans
 * where the engine has none. Remembers in `record.sent` what was said.
 */
export function enrichTrace(
  record: TraceRecord,
  stage: PhaseStage,
  options: PipelineOptions,
  isFinal: (traced: TracedPhase) => boolean,
  dimensionsOf: (traced: TracedPhase) => ReadonlyMap<string, string>,
  elsewhere: Elsewhere = NOWHERE,
): OutSpan[] {
  const added = new Map<string, Attribute[]>();
  const created: OutSpan[] = [];
  const footprints = new Map<TracedPhase, Footprint>();
  const add = (spanId: string, attributes: readonly FootprintAttribute[]): void => {
    added.set(spanId, [...(added.get(spanId) ?? []), ...attributes]);
  };
  for (const traced of record.phases) {
    const footprint = stage.footprintOf(traced.staged, !isFinal(traced));
    footprints.set(traced, footprint);
    if (record.sent.has(traced.staged.id)) continue;
    const { derived, request } = traced;
    const attributes = [
      ...phaseAttributes(
        footprint,
        {
          phase: derived.phase,
          ...(request.model === undefined ? {} : { model: request.model }),
          ...tokensOf(derived),
          intervalSource: derived.intervalSource,
          weights: options.attribution.weights,
          revision: 0,
        },
        options.attributes,
      ),
      ...[...dimensionsOf(traced)].map(([key, value]) => ({ key, value })),
    ];
    const beside = besideOf(record, derived.spanId ?? derived.parentSpanId);
    if (beside === undefined) continue;
    const spanId = derived.spanId ?? spanIdOf(record, traced);
    let said = footprint;
    if (derived.spanId !== undefined) {
      add(derived.spanId, attributes);
      // A span that left before it was known as a phase gets its figure as a correction.
      if (!record.waiting.some(({ engine }) => engine.spanId === spanId)) {
        said = { status: "missing", pue: footprint.pue };
      }
    } else {
      created.push({
        create: phaseSpan(
          record,
          traced,
          spanId,
          beside,
          stage.chargedStartOf(traced.staged),
          attributes,
        ),
        beside: beside.held,
        scope: WATTSPAN_SCOPE,
      });
    }
    record.sent.set(traced.staged.id, {
      spanId,
      traced,
      footprint: said,
      beside,
      state: "new",
      revision: 0,
    });
  }
  if (elsewhere.isTopmost(record.traceId, topmostOf(record))) {
    addRollUps(record, footprints, options, add, elsewhere);
  }
  const spliced = record.waiting.map(
    (waiting): OutSpan => ({ span: waiting.held, add: added.get(waiting.engine.spanId) ?? [] }),
  );
  return [...spliced, ...created];
}

function addRollUps(
  record: TraceRecord,
  footprints: ReadonlyMap<TracedPhase, Footprint>,
  options: PipelineOptions,
  add: (spanId: string, attributes: readonly FootprintAttribute[]) => void,
  elsewhere: Elsewhere,
): void {
  const partsElsewhere = (requestId: string) =>
    elsewhere.partsOf(record.traceId, requestId, record.requests.length === 1);
  const waitingIds = new Set(record.waiting.map(({ engine }) => engine.spanId));
  for (const request of record.requests) {
    const rootId = request.rootSpanId;
    if (rootId === undefined || !waitingIds.has(rootId)) continue;
    if (record.rolledUp.has(request.requestId)) continue;
    const away = partsElsewhere(request.requestId);
    const parts = [...chargedParts(footprints, request.requestId), ...away];
    if (request.phases.length === 0 && away.length === 0) continue;
    const total = hasSettled(request) ? PARTLY_OURS : rollUp(parts);
    record.rolledUp.set(request.requestId, { spanId: rootId, total, revision: 0 });
    // Who settled all phases has rolled them up too.
    if (away.length === 0 && request.phases.every(isSettled)) continue;
    const isFacility = parts.some((part) => part.pue > 1);
    add(rootId, requestAttributes(total, isFacility, 0, options.attributes));
  }
  const requests = record.requests.filter(({ phases }) => !phases.every(isSettled));
  if (requests.length < 2 || record.isSummedUp) return;
  const top = topmostWaitingOf(record);
  if (top === undefined) return;
  record.isSummedUp = true;
  const charged = [...footprints].filter(isCharged).map(([, part]) => part);
  charged.push(...requests.flatMap(({ requestId }) => partsElsewhere(requestId)));
  const total = record.requests.some(hasSettled) ? PARTLY_OURS : rollUp(charged);
  add(top, traceAttributes(total, requests.length));
}

/** Phases that came with figures are in no sum of ours. */
const PARTLY_OURS: RollUp = { status: "partial" };

const isSettled = (phase: DerivedPhase): boolean => phase.isSettled === true;

/** Whether some phases of a request came with figures: its total is not ours to tell. */
export const hasSettled = ({ phases }: DerivedRequest): boolean => phases.some(isSettled);

/** Figures of a request's phases that count in its total. */
export function chargedParts(
  footprints: ReadonlyMap<TracedPhase, Footprint>,
  requestId: string,
): Footprint[] {
  return [...footprints]
    .filter((entry) => isCharged(entry) && entry[0].request.requestId === requestId)
    .map(([, footprint]) => footprint);
}

const isCharged = ([traced]: [TracedPhase, Footprint]): boolean =>
  traced.derived.phase !== "kv_transfer";

function topmostWaitingOf(record: TraceRecord): string | undefined {
  const waiting = record.waiting.map(({ engine }) => engine);
  const roots = waiting.filter((span) => !record.spans.has(span.parentSpanId));
  roots.sort((a, b) => (a.startUnixNano < b.startUnixNano ? -1 : 1));
  return roots[0]?.spanId;
}

function besideOf(record: TraceRecord, spanId: string): WaitingSpan | undefined {
  return (
    record.waiting.find(({ engine }) => engine.spanId === spanId) ??
    record.waiting[0] ??
    record.left
  );
}

/** Id of a synthesized phase span: trace, parent, phase and attempt. */
export function spanIdOf(record: TraceRecord, { derived }: TracedPhase): string {
  return deriveSpanId(record.traceId, derived.parentSpanId, derived.key, 0);
}

function phaseSpan(
  record: TraceRecord,
  { request, derived }: TracedPhase,
  spanId: string,
  beside: WaitingSpan,
  startUnixNano: bigint,
  attributes: readonly Attribute[],
): NewSpan {
  return {
    traceId: record.traceId,
    spanId,
    parentSpanId: derived.parentSpanId,
    name: request.model === undefined ? derived.phase : `${derived.phase} ${request.model}`,
    kind: 1,
    startUnixNano,
    endUnixNano: derived.endUnixNano,
    ...(beside.traceState === "" ? {} : { traceState: beside.traceState }),
    flags: beside.flags,
    attributes,
  };
}

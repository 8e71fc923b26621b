import type { DerivedPhase, DerivedRequest, EngineSpan } from "./dialect.ts";
import { ENGINE_DIALECTS, MARKED_DIALECT } from "./dialects.ts";
import { compare, earlier, later } from "./order.ts";
import { readText } from "./read-attribute.ts";
import { growTree, lineageOf, type SpanTree } from "./span-tree.ts";

/** Requests and phases that the spans of one trace tell of. */
export interface DerivedTrace {
  /** Sorted by request id. */
  readonly requests: readonly DerivedRequest[];
}

/**
 * Runs all dialects over the held spans of one trace, in any order. Work that an engine's span and a marked
 * span both tell of is one phase: the marked span's. A client's phases stand only where nothing tells of the
 * serving side of its request.
 */
export function deriveTrace(spans: readonly EngineSpan[]): DerivedTrace {
  const engine = ENGINE_DIALECTS.flatMap((dialect) => dialect.derive(spans));
  const marked = MARKED_DIALECT.derive(spans);
  if (marked.length === 0) return { requests: sorted(engine) };
  const served = marked.map((request) => keepPhases(request, (phase) => !phase.isClientSide));
  const tree = growTree(spans);
  const merged = mergeMarked(tree, engine, served);
  const clients = marked
    .filter(hasPhases)
    .filter(({ phases }) => phases.every((phase) => phase.isClientSide));
  const isServed = servedAmong(tree, clients, merged);
  return { requests: sorted([...merged, ...clients.filter((client) => !isServed(client))]) };
}

/**
 * A client's request is served by the phases below its span. Where the spans between have not been seen, by any phase
 * that ran during the request and is not below another client's.
 */
function servedAmong(
  tree: SpanTree,
  clients: readonly DerivedRequest[],
  merged: readonly DerivedRequest[],
): (client: DerivedRequest) => boolean {
  const clientIds = new Set(clients.map(({ requestId }) => requestId));
  const owned = new Set<string>();
  const unowned: DerivedPhase[] = [];
  for (const phase of merged.flatMap((request) => request.phases)) {
    const owner = [...lineageOf(tree, phase.parentSpanId)].find((id) => clientIds.has(id));
    if (owner === undefined) unowned.push(phase);
    else owned.add(owner);
  }
  return ({ requestId, phases }) => {
    if (owned.has(requestId)) return true;
    const start = phases.map((phase) => phase.startUnixNano).reduce(earlier, LATEST);
    const end = phases.map((phase) => phase.endUnixNano).reduce(later, 0n);
    return unowned.some((phase) => phase.startUnixNano < end && phase.endUnixNano > start);
  };
}

/** Beyond every time that OTLP can say. */
const LATEST = 2n ** 64n;

/** An engine's phase and the marked phases that tell of the same work. */
interface Match {
  readonly request: DerivedRequest;
  readonly phase: DerivedPhase;
  readonly overlap: bigint;
}

function mergeMarked(
  tree: SpanTree,
  engine: readonly DerivedRequest[],
  marked: readonly DerivedRequest[],
): readonly DerivedRequest[] {
  const replaced = new Set<DerivedPhase>();
  const joined = new Map<string, DerivedPhase[]>();
  const apart: DerivedRequest[] = [];
  for (const request of marked) {
    let home: Match | undefined;
    const keys = new Map<DerivedPhase, string>();
    for (const phase of request.phases) {
      const matches = findMatches(tree, engine, phase);
      for (const match of matches) {
        if (!replaced.has(match.phase) && match.phase.phase === phase.phase) {
          keys.set(phase, match.phase.key);
        }
        replaced.add(match.phase);
      }
      home ??= matches[0];
    }
    if (home === undefined) {
      apart.push(request);
      continue;
    }
    const renamed = request.phases.map((phase) => ({
      ...phase,
      key: keys.get(phase) ?? phase.key,
    }));
    const phases = joined.get(home.request.requestId) ?? [];
    joined.set(home.request.requestId, [...phases, ...renamed]);
  }
  const whole = engine.map((request) => ({
    ...request,
    phases: [
      ...request.phases.filter((phase) => !replaced.has(phase)),
      ...(joined.get(request.requestId) ?? []),
    ].sort(comparePhases),
  }));
  return [...whole, ...apart.filter(hasPhases)];
}

/** Engine phases that tell of the same work as a marked one, the longest overlap first. */
function findMatches(
  tree: SpanTree,
  engine: readonly DerivedRequest[],
  marked: DerivedPhase,
): readonly Match[] {
  const matches = engine
    .flatMap((request) =>
      request.phases.map((phase) => ({ request, phase, overlap: overlapNs(marked, phase) })),
    )
    .filter(({ phase, overlap }) => overlap > 0n && isSameWork(marked, phase))
    .sort(compareMatches);
  const related = matches.filter(({ phase }) => isRelated(tree, marked, phase));
  if (related.length > 0) return related;
  return matches.filter(({ phase }) => isOneService(marked, phase)).slice(0, 1);
}

/** One is below the other's request span, or both are below the same one. */
function isRelated(tree: SpanTree, marked: DerivedPhase, phase: DerivedPhase): boolean {
  const markedId = marked.spanId ?? "";
  const lineage = lineageOf(tree, phase.parentSpanId);
  return (
    lineage.has(markedId) ||
    lineage.has(marked.parentSpanId) ||
    lineageOf(tree, markedId).has(phase.parentSpanId)
  );
}

function isSameWork(a: DerivedPhase, b: DerivedPhase): boolean {
  if (a.phase === "kv_transfer" || b.phase === "kv_transfer") return a.phase === b.phase;
  return a.phase === b.phase || a.phase === "mixed" || b.phase === "mixed";
}

function isOneService(a: DerivedPhase, b: DerivedPhase): boolean {
  const service = readText(a.worker, "service.name");
  return service !== undefined && service === readText(b.worker, "service.name");
}

function compareMatches(a: Match, b: Match): number {
  return (
    compare(b.overlap, a.overlap) ||
    compare(a.request.requestId, b.request.requestId) ||
    compare(a.phase.key, b.phase.key)
  );
}

function overlapNs(a: DerivedPhase, b: DerivedPhase): bigint {
  return earlier(a.endUnixNano, b.endUnixNano) - later(a.startUnixNano, b.startUnixNano);
}

function keepPhases(
  request: DerivedRequest,
  isKept: (phase: DerivedPhase) => boolean,
): DerivedRequest {
  return { ...request, phases: request.phases.filter(isKept) };
}

function hasPhases(request: DerivedRequest): boolean {
  return request.phases.length > 0;
}

function comparePhases(a: DerivedPhase, b: DerivedPhase): number {
  return compare(a.startUnixNano, b.startUnixNano) || compare(a.key, b.key);
}

function sorted(requests: readonly DerivedRequest[]): readonly DerivedRequest[] {
  return [...requests].sort((a, b) => compare(a.requestId, b.requestId));
}

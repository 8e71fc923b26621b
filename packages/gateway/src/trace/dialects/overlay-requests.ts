import type { DerivedPhase, DerivedRequest } from "./dialect.ts";
import { compare, earlier, later } from "./order.ts";
import { readText } from "./read-attribute.ts";
import { lineageOf, type SpanTree } from "./span-tree.ts";
import { mergeIdentity } from "./worker-identity.ts";

/** A phase of the lesser source, and its request. */
interface Part {
  readonly request: DerivedRequest;
  readonly phase: DerivedPhase;
}

/** A phase of the lesser source that tells of the same work as one of the better source. */
interface Match extends Part {
  readonly overlap: bigint;
}

/** Who the worker of a phase is where two sources tell of it. */
export type JoinWorkers = (lesser: DerivedPhase, better: DerivedPhase) => DerivedPhase["worker"];

/**
 * Puts the requests of a better source over those of a lesser one. A phase that both tell of is one: the better
 * source's, with the lesser's key, so that it is the same phase before and after the better source has come.
 */
export function overlayRequests(
  tree: SpanTree,
  lesser: readonly DerivedRequest[],
  better: readonly DerivedRequest[],
  joinWorkers: JoinWorkers,
): readonly DerivedRequest[] {
  if (lesser.length === 0) return better;
  const replaced = new Set<DerivedPhase>();
  const joined = new Map<string, DerivedPhase[]>();
  const ids = new Set(lesser.map(({ requestId }) => requestId));
  const apart: DerivedRequest[] = [];
  for (const request of better) {
    const found = request.phases.map((phase) => findMatches(tree, lesser, phase));
    const hosts = request.phases.map((phase) => findHost(tree, lesser, phase));
    const phases = request.phases.map((phase, i) =>
      takeOver(phase, found[i] ?? [], hosts[i], replaced, joinWorkers),
    );
    const known = ids.has(request.requestId) ? request.requestId : undefined;
    const home = [...found.flat(), ...hosts].find((part) => part !== undefined)?.request.requestId;
    const homeId = home ?? known;
    if (homeId !== undefined) joined.set(homeId, [...(joined.get(homeId) ?? []), ...phases]);
    else if (request.isOpen || phases.length > 0) apart.push(request);
  }
  const whole = lesser.map((request) => ({
    ...request,
    phases: [
      ...request.phases.filter((phase) => !replaced.has(phase)),
      ...(joined.get(request.requestId) ?? []),
    ].sort(comparePhases),
  }));
  return [...whole, ...apart];
}

/** The better source's phase in the place of the first that it replaces: under the same key, below the same span. */
function takeOver(
  phase: DerivedPhase,
  matches: readonly Match[],
  host: Part | undefined,
  replaced: Set<DerivedPhase>,
  joinWorkers: JoinWorkers,
): DerivedPhase {
  const same = matches.find((match) => match.phase.phase === phase.phase)?.phase;
  const taken = same === undefined || replaced.has(same) ? phase : same;
  for (const match of matches) replaced.add(match.phase);
  const beside = same ?? host?.phase;
  if (beside === undefined) return phase;
  const parentSpanId = phase.spanId === undefined ? taken.parentSpanId : phase.parentSpanId;
  return { ...phase, key: taken.key, parentSpanId, worker: joinWorkers(beside, phase) };
}

/** Two engines in one process: what the outer one says of the worker, and what only the inner one says. */
export const joinIdentities: JoinWorkers = (lesser, better) =>
  mergeIdentity([lesser.worker, better.worker]);

/** A marked span is taken at its word. */
export const keepBetter: JoinWorkers = (_, better) => better.worker;

/** Phases of the lesser source that tell of the same work, the longest overlap first. */
function findMatches(
  tree: SpanTree,
  lesser: readonly DerivedRequest[],
  better: DerivedPhase,
): readonly Match[] {
  const matches = lesser
    .flatMap((request) =>
      request.phases.map((phase) => ({ request, phase, overlap: overlapNs(better, phase) })),
    )
    .filter(({ phase, overlap }) => overlap > 0n && isSameWork(better, phase))
    .sort(compareMatches);
  const related = matches.filter(({ phase }) => isRelated(tree, better, phase));
  if (related.length > 0) return related;
  return matches.filter(({ phase }) => isOneService(better, phase)).slice(0, 1);
}

/** The first phase whose request span is above a phase: some of the same worker's work for the same request. */
function findHost(
  tree: SpanTree,
  lesser: readonly DerivedRequest[],
  better: DerivedPhase,
): Part | undefined {
  const lineage = lineageOf(tree, better.spanId ?? better.parentSpanId);
  for (const request of lesser) {
    const phase = request.phases.find(({ parentSpanId }) => lineage.has(parentSpanId));
    if (phase !== undefined) return { request, phase };
  }
  return undefined;
}

/** One is below the other's request span, or both are below the same one. */
function isRelated(tree: SpanTree, better: DerivedPhase, phase: DerivedPhase): boolean {
  const betterId = better.spanId ?? better.parentSpanId;
  const lineage = lineageOf(tree, phase.parentSpanId);
  return (
    lineage.has(betterId) ||
    lineage.has(better.parentSpanId) ||
    lineageOf(tree, betterId).has(phase.parentSpanId)
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

function comparePhases(a: DerivedPhase, b: DerivedPhase): number {
  return compare(a.startUnixNano, b.startUnixNano) || compare(a.key, b.key);
}

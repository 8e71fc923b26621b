import type { DerivedPhase, DerivedRequest, Dialect, EngineSpan } from "./dialect.ts";
import { ENGINE_LAYERS, MARKED_DIALECT } from "./dialects.ts";
import { compare, earlier, later } from "./order.ts";
import { joinIdentities, keepBetter, overlayRequests } from "./overlay-requests.ts";
import { growTree, lineageOf, type SpanTree } from "./span-tree.ts";

/** Requests and phases that the spans of one trace tell of. */
export interface DerivedTrace {
  /** Sorted by request id. */
  readonly requests: readonly DerivedRequest[];
  /** Names of the dialects that knew a span. */
  readonly dialects: readonly string[];
}

/**
 * Runs all dialects over the held spans of one trace, in any order. Work that several tell of is one phase: the
 * better source's, and a marked span's before any. A client's phases stand only where nothing tells of the
 * serving side of its request.
 */
export function deriveTrace(spans: readonly EngineSpan[]): DerivedTrace {
  const dialects: string[] = [];
  const names = new Set(spans.map(({ name }) => name));
  const read = (dialect: Dialect): readonly DerivedRequest[] => {
    if (!isConcerned(dialect, names, spans)) return [];
    const requests = dialect.derive(spans);
    if (requests.length > 0) dialects.push(dialect.name);
    return requests;
  };
  const layers = ENGINE_LAYERS.map((layer) => layer.flatMap(read)).filter(
    (requests) => requests.length > 0,
  );
  const marked = read(MARKED_DIALECT);
  const [engine = []] = layers;
  if (marked.length === 0 && layers.length < 2) return { requests: sorted(engine), dialects };
  const tree = growTree(spans);
  const whole = layers.reduce<readonly DerivedRequest[]>(
    (lesser, better) => overlayRequests(tree, lesser, better, joinIdentities),
    [],
  );
  if (marked.length === 0) return { requests: sorted(whole), dialects };
  const served = marked.map((request) => keepPhases(request, (phase) => !phase.isClientSide));
  const merged = overlayRequests(tree, whole, served.filter(hasPhases), keepBetter);
  const clients = marked
    .filter(hasPhases)
    .filter(({ phases }) => phases.every((phase) => phase.isClientSide));
  const isServed = servedAmong(tree, clients, merged);
  const requests = sorted([...merged, ...clients.filter((client) => !isServed(client))]);
  return { requests, dialects };
}

/** Whether a trace holds a span that a dialect could know: most traces are of one engine. */
function isConcerned(
  { spanNames, markerKeys }: Dialect,
  names: ReadonlySet<string>,
  spans: readonly EngineSpan[],
): boolean {
  return (
    spanNames.some((name) => names.has(name)) ||
    markerKeys.some((key) => spans.some(({ attributes }) => attributes.has(key)))
  );
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

function keepPhases(
  request: DerivedRequest,
  isKept: (phase: DerivedPhase) => boolean,
): DerivedRequest {
  return { ...request, phases: request.phases.filter(isKept) };
}

function hasPhases(request: DerivedRequest): boolean {
  return request.phases.length > 0;
}

function sorted(requests: readonly DerivedRequest[]): readonly DerivedRequest[] {
  return [...requests].sort((a, b) => compare(a.requestId, b.requestId));
}

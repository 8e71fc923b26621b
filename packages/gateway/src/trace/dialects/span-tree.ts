import type { AttributeValue } from "@wattspan/otlp";
import type { EngineSpan } from "./dialect.ts";
import { compare } from "./order.ts";

/** Deepest ancestry that is followed. */
const MAX_DEPTH = 32;

/** The spans seen of one trace, each id once, sorted by start and id. */
export interface SpanTree {
  readonly spans: readonly EngineSpan[];
  readonly byId: ReadonlyMap<string, EngineSpan>;
}

/** Sorts spans and drops repeats of an id, so that nothing depends on the order they came in. */
export function growTree(spans: readonly EngineSpan[]): SpanTree {
  const byId = new Map<string, EngineSpan>();
  for (const span of spans) {
    const known = byId.get(span.spanId);
    if (known === undefined || compareVersions(known, span) < 0) byId.set(span.spanId, span);
  }
  return { spans: [...byId.values()].sort(compareSpans), byId };
}

/** Order of spans: by start, then id. */
function compareSpans(a: EngineSpan, b: EngineSpan): number {
  return compare(a.startUnixNano, b.startUnixNano) || compare(a.spanId, b.spanId);
}

/** The seen ancestors of a span, nearest first; ends where a parent has not been seen. */
export function ancestorsOf(tree: SpanTree, span: EngineSpan): readonly EngineSpan[] {
  const ancestors: EngineSpan[] = [];
  let parent = tree.byId.get(span.parentSpanId);
  while (parent !== undefined && parent !== span && ancestors.length < MAX_DEPTH) {
    ancestors.push(parent);
    parent = tree.byId.get(parent.parentSpanId);
  }
  return ancestors;
}

/** Ids from a span upwards, itself first, up to and including the first parent that was not seen. */
export function lineageOf(tree: SpanTree, spanId: string): ReadonlySet<string> {
  const lineage = new Set<string>();
  let id: string | undefined = spanId;
  while (id !== undefined && id !== "" && !lineage.has(id) && lineage.size < MAX_DEPTH) {
    lineage.add(id);
    id = tree.byId.get(id)?.parentSpanId;
  }
  return lineage;
}

/** Of two versions of one id the one that says more stands, whichever came first; 0 where they say the same. */
export function compareVersions(a: EngineSpan, b: EngineSpan): number {
  return (
    compare(a.attributes.size, b.attributes.size) ||
    compare(a.resourceAttributes.size, b.resourceAttributes.size) ||
    compare(a.endUnixNano, b.endUnixNano) ||
    compare(a.startUnixNano, b.startUnixNano) ||
    compare(a.name, b.name) ||
    compare(a.parentSpanId, b.parentSpanId) ||
    compare(textOf(a), textOf(b))
  );
}

/** Everything else that a span says, keys sorted. */
function textOf({
  attributes,
  resourceAttributes,
  kind,
  scopeName,
  probability,
}: EngineSpan): string {
  return JSON.stringify([
    plain(attributes),
    plain(resourceAttributes),
    kind,
    scopeName,
    probability,
  ]);
}

/** Kept apart by kind, so that no text equals the text of a number. */
function plain(value: AttributeValue | ReadonlyMap<string, AttributeValue>): unknown {
  if (value instanceof Map) {
    return [...value].sort(([a], [b]) => compare(a, b)).map(([key, inner]) => [key, plain(inner)]);
  }
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return { values: value.map(plain) };
  return value === null ? null : { [typeof value]: String(value) };
}

import { parentSpanIdOf, type SpanTable } from "@wattspan/otlp";
import type { EngineSpan } from "./dialects/dialect.ts";
import { PARENT_KEYS } from "./dialects/dialects.ts";

/** Request spans that marked phases name as their parent and that have not come: nothing else tells them from others. */
export interface AwaitedParents {
  /** Takes note of a held span: what it waits for, and that it need not be waited for. */
  note(span: EngineSpan, isKnown: (spanId: string) => boolean): void;
  /** Whether a span is awaited; `traceId` is asked for only where the id is. */
  has(spanId: string, traceId: () => string): boolean;
  forget(span: EngineSpan): void;
  readonly size: number;
}

/** The first keys that a table of spans is scanned for. */
const PARENT_MASK = 2 ** PARENT_KEYS.length - 1;

/** Ids of the spans that marked phases of a request name as their parents. */
export function parentsOfMarked(table: SpanTable): ReadonlySet<string> {
  const parents = new Set<string>();
  for (let i = 0; i < table.count; i++) {
    if (((table.keyMask[i] as number) & PARENT_MASK) !== 0) parents.add(parentSpanIdOf(table, i));
  }
  parents.delete("");
  return parents;
}

/** Creates an empty list. */
export function createAwaitedParents(): AwaitedParents {
  const traces = new Map<string, Set<string>>();

  function remove(spanId: string, traceId: string): void {
    const waiting = traces.get(spanId);
    waiting?.delete(traceId);
    if (waiting?.size === 0) traces.delete(spanId);
  }

  return {
    note(span, isKnown) {
      remove(span.spanId, span.traceId);
      const parent = span.parentSpanId;
      if (parent === "" || isKnown(parent)) return;
      if (!PARENT_KEYS.some((key) => span.attributes.has(key))) return;
      traces.set(parent, (traces.get(parent) ?? new Set()).add(span.traceId));
    },
    has: (spanId, traceId) => traces.get(spanId)?.has(traceId()) === true,
    forget: ({ parentSpanId, traceId }) => remove(parentSpanId, traceId),
    get size() {
      return traces.size;
    },
  };
}

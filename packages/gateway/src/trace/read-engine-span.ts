import {
  attributesOf,
  endUnixNanoOf,
  eventsOf,
  kindOf,
  nameOf,
  parentSpanIdOf,
  resourceAttributesOf,
  type SpanTable,
  scopeNameOf,
  spanIdOf,
  startUnixNanoOf,
  traceIdOf,
  traceStateOf,
} from "@wattspan/otlp";
import type { EngineSpan } from "./dialects/dialect.ts";
import { EVENT_SPAN_NAMES } from "./dialects/dialects.ts";
import { samplingProbabilityOf } from "./sampling-probability.ts";

/**
 * Span `i` with everything that phases are derived from. How it was sampled is read where a dialect knows the span by
 * itself: a parent that came before its child is not held, and what it says would depend on the order.
 */
export function readEngineSpan(table: SpanTable, i: number, isKnown: boolean): EngineSpan {
  const name = nameOf(table, i);
  const probability = isKnown ? samplingProbabilityOf(traceStateOf(table, i)) : undefined;
  return {
    traceId: traceIdOf(table, i),
    spanId: spanIdOf(table, i),
    parentSpanId: parentSpanIdOf(table, i),
    name,
    kind: kindOf(table, i),
    startUnixNano: startUnixNanoOf(table, i),
    endUnixNano: endUnixNanoOf(table, i),
    attributes: attributesOf(table, i),
    resourceAttributes: resourceAttributesOf(table, i),
    scopeName: scopeNameOf(table, i),
    ...(probability === undefined ? {} : { probability }),
    ...(EVENT_SPAN_NAMES.has(name) ? { events: eventsOf(table, i) } : {}),
  };
}

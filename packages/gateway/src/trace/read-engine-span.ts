import {
  attributesOf,
  endUnixNanoOf,
  kindOf,
  nameOf,
  parentSpanIdOf,
  resourceAttributesOf,
  type SpanTable,
  scopeNameOf,
  spanIdOf,
  startUnixNanoOf,
  traceIdOf,
} from "@wattspan/otlp";
import type { EngineSpan } from "./dialects/dialect.ts";

/** Span `i` with everything that phases are derived from. */
export function readEngineSpan(table: SpanTable, i: number): EngineSpan {
  return {
    traceId: traceIdOf(table, i),
    spanId: spanIdOf(table, i),
    parentSpanId: parentSpanIdOf(table, i),
    name: nameOf(table, i),
    kind: kindOf(table, i),
    startUnixNano: startUnixNanoOf(table, i),
    endUnixNano: endUnixNanoOf(table, i),
    attributes: attributesOf(table, i),
    resourceAttributes: resourceAttributesOf(table, i),
    scopeName: scopeNameOf(table, i),
  };
}

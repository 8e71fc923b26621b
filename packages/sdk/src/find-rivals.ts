import type { SdkSpan, SdkSpanProcessor } from "./sdk-shape.ts";

/** Names of processors of the SDKs that export. */
const EXPORTING = /(Batch|Simple|Footprint)SpanProcessor/;

/**
 * Names of the other processors of the span's provider that would export the same span. The SDKs hand a span one
 * processor that keeps the list; where a later SDK does not, none is found.
 */
export function findRivals(span: SdkSpan, self: SdkSpanProcessor): readonly string[] {
  const root = (span as { _spanProcessor?: unknown })._spanProcessor;
  return leavesOf(root)
    .filter((processor) => processor !== self && isExporting(processor))
    .map((processor) => processor.constructor.name);
}

function leavesOf(processor: unknown): readonly object[] {
  if (typeof processor !== "object" || processor === null) return [];
  const inner = (processor as { _spanProcessors?: unknown })._spanProcessors;
  return Array.isArray(inner) ? inner.flatMap(leavesOf) : [processor];
}

function isExporting(processor: object): boolean {
  return "_exporter" in processor || EXPORTING.test(processor.constructor.name);
}

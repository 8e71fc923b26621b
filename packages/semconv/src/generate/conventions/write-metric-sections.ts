import type { Registry } from "../registry.ts";
import { sortedMetrics } from "../write-metrics.ts";
import { writeAttributeTable } from "./write-attribute-table.ts";

/** Markdown blocks of all metrics, in name order. */
export function writeMetricSections(registry: Registry): readonly string[] {
  return sortedMetrics(registry).flatMap(
    ({ name, instrument, unit, brief, note, attributes = [] }) => [
      `### \`${name}\``,
      brief,
      `- Instrument: ${instrument}\n- Unit: \`${unit}\``,
      ...(note === undefined ? [] : [note.trim()]),
      attributes.length === 0 ? "No attributes." : writeAttributeTable(registry, attributes),
    ],
  );
}

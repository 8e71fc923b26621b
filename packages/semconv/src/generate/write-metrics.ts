import { metricConstant } from "./constant-name.ts";
import type { MetricDefinition, Registry } from "./registry.ts";
import { GENERATED_NOTICE, writeConstant } from "./write-constant.ts";

/** Source of the constants of our metrics, in name order. */
export function writeMetrics(registry: Registry): string {
  const constants = sortedMetrics(registry).map(({ name, brief, note, instrument, unit }) =>
    writeConstant(metricConstant(name), name, [
      `${brief} Instrument ${instrument}, unit \`${unit}\`.`,
      ...(note === undefined ? [] : [note]),
    ]),
  );
  return [`${GENERATED_NOTICE}\n`, ...constants].join("\n");
}

/** The metrics in name order. */
export function sortedMetrics(registry: Registry): readonly MetricDefinition[] {
  return registry.metrics.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

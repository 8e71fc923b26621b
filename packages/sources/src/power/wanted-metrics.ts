import type { MeterTable } from "./meter-table.ts";

/** Names of all metrics that tables read. */
export function wantedMetrics(tables: readonly MeterTable[]): ReadonlySet<string> {
  return new Set(
    tables.flatMap(({ metrics, activity }) => [
      ...metrics.map(({ metric }) => metric),
      ...(activity === undefined ? [] : [activity.metric]),
    ]),
  );
}

import type { Telemetry } from "../telemetry.ts";
import { countIn, type Tables, tableNames, usedBytesOf } from "./open-tables.ts";

/** Counts what happens to a spool. */
export interface SpoolCounts {
  /** Records whose bytes were not as they had been written. */
  cut(records: number): void;
}

/** Registers the metrics of a spool, read whenever metrics are rendered. */
export function observeSpool(
  tables: Tables,
  { observeValues, counter }: Pick<Telemetry, "observeValues" | "counter">,
): SpoolCounts {
  observeValues("wattspan_spool_bytes", "Bytes that records take in the spool.", [], () => [
    [{}, usedBytesOf(tables)],
  ]);
  observeValues(
    "wattspan_spool_records",
    "Records in the spool: requests on their way, traces told of, data a restart needs.",
    ["table"],
    () => tableNames.map((table) => [{ table }, countIn(tables.of[table])]),
  );
  const damaged = counter<Record<never, string>>(
    "wattspan_spool_cut_records_total",
    "Damaged records that were cut.",
    [],
  );
  return { cut: (count) => damaged.add({}, count) };
}

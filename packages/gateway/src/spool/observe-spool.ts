import { Gauge } from "prom-client";
import type { Telemetry } from "../telemetry.ts";
import { countIn, type Tables, tableNames, usedBytesOf } from "./open-tables.ts";

/** Counts what happens to a spool. */
export interface SpoolCounts {
  /** Records whose bytes were not as they had been written. */
  cut(records: number): void;
}

/** Registers the metrics of a spool, read whenever metrics are rendered. */
export function observeSpool(tables: Tables, { registry, counter }: Telemetry): SpoolCounts {
  const bytes: Gauge = new Gauge({
    name: "wattspan_spool_bytes",
    help: "Bytes that records take in the spool.",
    registers: [registry],
    collect() {
      bytes.set(usedBytesOf(tables));
    },
  });
  const records: Gauge = new Gauge({
    name: "wattspan_spool_records",
    help: "Records in the spool: requests on their way, traces told of, data a restart needs.",
    labelNames: ["table"],
    registers: [registry],
    collect() {
      for (const table of tableNames) records.set({ table }, countIn(tables.of[table]));
    },
  });
  const damaged = counter<Record<never, string>>(
    "wattspan_spool_cut_records_total",
    "Damaged records that were cut.",
    [],
  );
  return { cut: (count) => damaged.add({}, count) };
}

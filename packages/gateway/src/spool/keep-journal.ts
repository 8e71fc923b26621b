import type { PipelineJournal } from "../pipeline.ts";
import type { TraceNote } from "../trace/recall-trace.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Table } from "./open-tables.ts";
import { encodeReadings } from "./restore-pipeline.ts";

/** A journal on the disk. */
export interface KeptJournal extends PipelineJournal {
  /** Erases what was told of traces not seen since `beforeMs`: those an earlier process had no time to forget. */
  forgetBefore(beforeMs: number): void;
}

/** Creates the journal over the table of told traces; while a pipeline is given what was kept, nothing is written. */
export function createJournal(options: {
  readonly told: Table;
  readonly group: GroupCommit;
  readonly isRestoring: () => boolean;
  readonly nextKey: (atMs: number) => number;
}): KeptJournal {
  const { told, group, isRestoring, nextKey } = options;
  return {
    kept(kind, encoding, body, atMs) {
      if (isRestoring()) return;
      const value = encodeFrame({ kind, encoding, items: 0, atMs, body });
      group.add({ table: "kept", key: nextKey(atMs), value, isRefusable: true });
    },
    keptReadings(readings, atMs) {
      if (isRestoring() || readings.length === 0) return;
      const body = encodeReadings(readings);
      const value = encodeFrame({ kind: "readings", encoding: "json", items: 0, atMs, body });
      group.add({ table: "kept", key: nextKey(atMs), value });
    },
    told(trace) {
      const body = Buffer.from(JSON.stringify(trace));
      const frame = { kind: "told", encoding: "json", items: 0, atMs: trace.seenMs, body } as const;
      group.add({ table: "told", key: trace.traceId, value: encodeFrame(frame) });
    },
    recall(traceId) {
      const bytes = told.get(traceId);
      const frame = bytes && decodeFrame(bytes);
      return frame && (JSON.parse(Buffer.from(frame.body).toString()) as TraceNote);
    },
    forget(traceId) {
      group.add({ table: "told", key: traceId });
    },
    forgetBefore(beforeMs) {
      for (const { key, value } of told.getRange()) {
        const frame = decodeFrame(value);
        if (frame === undefined || frame.atMs < beforeMs) group.add({ table: "told", key });
      }
    },
  };
}

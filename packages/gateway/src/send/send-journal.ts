import type { TraceNote } from "../trace/recall-trace.ts";

/**
 * Remembers what left, so that after a restart nothing is told twice and corrections are computed against what was told.
 * What is written in one turn of the event loop, requests sent in it included, is kept together or not at all; no
 * request may reach a backend before it is.
 */
export interface SendJournal {
  /** All that was told of a trace so far; replaces what was written of it before. */
  told(trace: TraceNote): void;
  /** Nothing more will be told of a trace. */
  forget(traceId: string): void;
}

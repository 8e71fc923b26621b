import type { Log } from "./log.ts";
import type { DialectObserver } from "./trace/dialects/dialect.ts";
import { UNVERIFIED_DIALECTS } from "./trace/dialects/dialects.ts";

/** Says once of each unverified dialect that it is at work, and once that none is. */
export interface DialectWatch extends Required<DialectObserver> {
  /** Spans came. */
  onSpans(): void;
}

/** Spans that come for longer than this without a dialect that knows one are news, ms. */
const PATIENCE_MS = 60_000;

/** Creates the watch; `now` in ms. */
export function createDialectWatch(log: Log, now: () => number = Date.now): DialectWatch {
  const seen = new Set<string>();
  let firstMs: number | undefined;
  let isTold = false;
  return {
    onDialect(name) {
      if (seen.has(name)) return;
      seen.add(name);
      if (!UNVERIFIED_DIALECTS.has(name)) return;
      log.warn("spans are read by an unverified dialect, written from the engine's source", {
        about: name,
      });
    },
    onSpans() {
      if (seen.size > 0 || isTold) return;
      firstMs ??= now();
      if (now() - firstMs <= PATIENCE_MS) return;
      isTold = true;
      log.warn("no phases were seen: no dialect knows a span of these traces", {
        about: "dialects",
      });
    },
  };
}

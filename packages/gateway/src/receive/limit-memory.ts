import { getHeapStatistics } from "node:v8";
import type { Log } from "../log.ts";
import { type Accept, busy } from "./accept.ts";

/** How often memory is looked at, at most, ms. */
const LOOK_EVERY_MS = 100;
/** Above this share of the largest heap, collecting garbage takes most of the time. */
const HEAP_SHARE = 0.85;

/** Options of `limitMemory`; `read` gives the bytes of objects and of buffers outside the heap. */
export interface MemoryLimitOptions {
  /** Objects and buffers together, bytes; absent: the heap's own limit alone. */
  readonly maxBytes?: number;
  readonly log: Log;
  readonly read?: () => { readonly heapUsed: number; readonly external: number };
  readonly now?: () => number;
}

/** An entrance that sends senders away while memory is short, before anything else is done for them. */
export function limitMemory(accept: Accept, options: MemoryLimitOptions): Accept {
  const { maxBytes = Infinity, log, read = process.memoryUsage, now = Date.now } = options;
  const maxHeapBytes = HEAP_SHARE * getHeapStatistics().heap_size_limit;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let isShort = false;

  function look(): boolean {
    if (now() - lookedMs < LOOK_EVERY_MS) return isShort;
    lookedMs = now();
    const { heapUsed, external } = read();
    const wasShort = isShort;
    isShort = heapUsed > maxHeapBytes || heapUsed + external > maxBytes;
    if (isShort && !wasShort) {
      log.warn("memory is short: senders are told to wait", {
        about: "memory",
        heapUsed,
        external,
      });
    }
    return isShort;
  }

  return (signal, encoding, body) =>
    look() ? busy("memory is short") : accept(signal, encoding, body);
}

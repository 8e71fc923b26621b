import type { Encoding } from "@wattspan/otlp";
import type { Signal } from "../receive/accept.ts";

/** Is told that a request is delivered, or given up for good; there is room for another once what it gives resolves. */
export type OnSettled = () => void | Promise<void>;

/** A request on its way to one backend. */
export interface SendItem {
  readonly signal: Signal;
  readonly encoding: Encoding;
  /** Bytes the queue counts for it: its body as offered. */
  readonly sizeBytes: number;
  /** Spans, points or records in it; absent where the caller does not know. */
  readonly itemCount?: number;
  /** To be told, before it is settled, that it is delivered or never will be; not where it is left at the end. */
  readonly onSettled?: OnSettled;
  /** What goes on the wire; replaced by its compressed form before the first attempt. */
  payload: Uint8Array;
  isCompressed: boolean;
}

/** How much may wait for a backend, on the wire included. */
export interface QueueLimits {
  readonly maxBytes: number;
  readonly maxItems: number;
}

/** A first-in first-out queue that counts an item until it is settled, not until it is taken. */
export interface SendQueue {
  /** False where it is full. Below its limits it takes an item of any size, so it may grow past `maxBytes` by less than one. */
  offer(item: SendItem): boolean;
  /** The next item that waits. */
  take(): SendItem | undefined;
  /** The item is delivered or dropped. */
  settle(item: SendItem): void;
  /** Resolves when every item of now is settled. */
  settled(): Promise<void>;
  /** Items not settled, taken ones included. */
  unsettled(): readonly SendItem[];
  sizeBytes(): number;
  /** 0 when empty, 1 or more when full. */
  saturation(): number;
}

/** An empty queue within `limits`. */
export function createSendQueue(limits: QueueLimits): SendQueue {
  const waiting = new Set<SendItem>();
  const unsettled = new Set<SendItem>();
  const waiters = new Set<{ readonly items: Set<SendItem>; readonly resolve: () => void }>();
  let sizeBytes = 0;
  return {
    offer(item) {
      if (sizeBytes >= limits.maxBytes || unsettled.size >= limits.maxItems) return false;
      waiting.add(item);
      unsettled.add(item);
      sizeBytes += item.sizeBytes;
      return true;
    },
    take() {
      const [item] = waiting;
      if (item) waiting.delete(item);
      return item;
    },
    settle(item) {
      if (!unsettled.delete(item)) return;
      waiting.delete(item);
      sizeBytes -= item.sizeBytes;
      for (const waiter of waiters) {
        if (!waiter.items.delete(item) || waiter.items.size > 0) continue;
        waiters.delete(waiter);
        waiter.resolve();
      }
    },
    settled() {
      if (unsettled.size === 0) return Promise.resolve();
      return new Promise((resolve) => waiters.add({ items: new Set(unsettled), resolve }));
    },
    unsettled: () => [...unsettled],
    sizeBytes: () => sizeBytes,
    saturation: () => Math.max(sizeBytes / limits.maxBytes, unsettled.size / limits.maxItems),
  };
}

import type { SdkSpan, SdkSpanProcessor } from "./sdk-shape.ts";

/** Spans on their way to the next processor, no faster than it exports them. */
export interface Outbox {
  /** Takes a span, made only as it is handed on; false where there is no room and the span is dropped. */
  push(make: () => SdkSpan): boolean;
  /** Hands on everything and waits until it is exported. */
  flush(): Promise<void>;
  readonly size: number;
}

/** Settings of an outbox. */
export interface OutboxOptions {
  /** Most spans handed on before the next processor has exported what it holds. */
  readonly burst: number;
  readonly capacity: number;
  onFailure(error: unknown): void;
}

/** Creates an empty outbox in front of `next`. */
export function createOutbox(next: SdkSpanProcessor, options: OutboxOptions): Outbox {
  let queue: (() => SdkSpan)[] = [];
  let head = 0;
  let budget = options.burst;
  let flushing: Promise<void> | undefined;

  function handOn(): void {
    while (head < queue.length && budget > 0) {
      budget--;
      try {
        next.onEnd((queue[head++] as () => SdkSpan)());
      } catch (error) {
        options.onFailure(error);
      }
    }
    if (head === queue.length || head > options.burst) {
      queue = queue.slice(head);
      head = 0;
    }
  }

  async function exportAll(): Promise<void> {
    try {
      await next.forceFlush();
    } catch (error) {
      options.onFailure(error);
    }
    budget = options.burst;
  }

  async function drain(): Promise<void> {
    while (budget <= 0) {
      await exportAll();
      handOn();
    }
    flushing = undefined;
  }

  return {
    push(make) {
      if (queue.length - head >= options.capacity) return false;
      queue.push(make);
      if (flushing === undefined) {
        handOn();
        if (budget <= 0) flushing = drain();
      }
      return true;
    },
    async flush() {
      await flushing;
      handOn();
      await exportAll();
    },
    get size() {
      return queue.length - head;
    },
  };
}

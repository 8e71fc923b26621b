import { safely } from "./safely.ts";

/** Sees what passes through a stream. */
export interface StreamTap<T> {
  chunk(chunk: T): void;
  /** Ended, or cancelled by its reader. */
  end(): void;
  fail(error: unknown): void;
}

/**
 * The same stream with a tap on it: chunks, errors and cancellation pass unchanged, one chunk is asked for when one is
 * wanted, and what the tap throws goes to the diagnostics.
 */
export function tapReadable<T>(
  source: ReadableStream<T>,
  tap: StreamTap<NoInfer<T>>,
): ReadableStream<T> {
  const reader = source.getReader();
  return new ReadableStream<T>(
    {
      async pull(controller) {
        try {
          const step = await reader.read();
          if (step.done) {
            safely(() => tap.end());
            controller.close();
          } else {
            safely(() => tap.chunk(step.value));
            controller.enqueue(step.value);
          }
        } catch (error) {
          safely(() => tap.fail(error));
          controller.error(error);
        }
      },
      cancel(reason) {
        safely(() => tap.end());
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

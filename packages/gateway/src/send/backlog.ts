/** Requests in order; what there was no room for waits, and all after it. */
export interface Backlog<Request extends readonly unknown[]> {
  send(...request: Request): void;
  /** Sends what waits, as far as there is room. */
  drain(): void;
  readonly isEmpty: boolean;
}

/** Creates an empty backlog before `emit`, which is false where there is no room. */
export function createBacklog<Request extends readonly unknown[]>(
  emit: (...request: Request) => boolean,
): Backlog<Request> {
  const waiting: Request[] = [];
  return {
    send(...request) {
      if (waiting.length > 0 || !emit(...request)) waiting.push(request);
    },
    drain() {
      while (waiting.length > 0) {
        if (!emit(...(waiting[0] as Request))) return;
        waiting.shift();
      }
    },
    get isEmpty() {
      return waiting.length === 0;
    },
  };
}

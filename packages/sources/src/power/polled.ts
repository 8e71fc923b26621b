import { createPoll } from "./poll.ts";

/** Something that is read again and again for a sink. */
export interface Polled<S> {
  readonly name: string;
  /** Starts reading for `sink`; never throws, keeps no process alive. */
  start(sink: S): void;
  /** Reads once more as soon as it can. */
  flush(): Promise<void>;
  /** Safe twice and without start. */
  shutdown(): Promise<void>;
}

/**
 * Creates the life of such a thing: `read` says whether it succeeded and must not throw; what it is given tells where
 * its findings go at that moment, undefined once nobody wants them.
 */
export function createPolled<S>(
  name: string,
  intervalMs: number,
  read: (sinkNow: () => S | undefined) => Promise<boolean>,
): Polled<S> {
  let sink: S | undefined;
  const poll = createPoll(() => read(() => sink), intervalMs);
  return {
    name,
    start(given) {
      sink = given;
      poll.start();
    },
    flush: () => poll.flush(),
    async shutdown() {
      sink = undefined;
      poll.shutdown();
    },
  };
}

import type { Instant } from "@wattspan/footprint";
import { fetchText } from "./fetch-text.ts";
import { createPolled, type Polled } from "./polled.ts";
import { systemNow } from "./system-now.ts";

/** How an endpoint is asked again and again. */
export interface PolledPageOptions {
  /** URL of the page. */
  readonly endpoint: string;
  /** How often it is asked; default 5 s. */
  readonly intervalMs?: number;
  /** Default 5 s. */
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => Instant;
}

/** Whoever is told whether a page can be read. */
interface PageSink {
  /** The page is of no use, and why. */
  onLost(reason: string): void;
  onFound(): void;
}

/**
 * Creates the reading of a page over HTTP. `take` gives its text, which was asked for at `asked`, to the sink and returns
 * why it is of no use, if so; it must not throw. `urlAt` gives another URL than the endpoint's at a time.
 */
export function createPolledPage<S extends PageSink>(
  name: string,
  options: PolledPageOptions,
  take: (text: string, asked: Instant, sink: S) => string | undefined,
  urlAt: (asked: Instant) => string = () => options.endpoint,
): Polled<S> {
  const { endpoint, intervalMs = 5000, timeoutMs = 5000, now = systemNow } = options;
  return createPolled<S>(name, intervalMs, async (sinkNow) => {
    const asked = now();
    const answer = await fetchText(urlAt(asked), { ...options, timeoutMs });
    const sink = sinkNow();
    if (sink === undefined) return true;
    const failure = "failure" in answer ? answer.failure : take(answer.text, asked, sink);
    if (failure === undefined) sink.onFound();
    else sink.onLost(`${endpoint}: ${failure}`);
    return failure === undefined;
  });
}

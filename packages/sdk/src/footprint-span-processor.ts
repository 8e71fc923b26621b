import type { Context } from "@opentelemetry/api";
import type { DeviceBalance } from "@wattspan/footprint";
import type { FootprintOptions } from "./footprint-options.ts";
import { resolveOptions } from "./footprint-options.ts";
import { createJoin, type Join } from "./join.ts";
import type { SdkSpan, SdkSpanProcessor } from "./sdk-shape.ts";

/** Options of `FootprintSpanProcessor`. */
export interface FootprintSpanProcessorOptions extends FootprintOptions {
  /** Exports the spans, e.g. a `BatchSpanProcessor`; the only processor of the provider that does. */
  readonly next: SdkSpanProcessor;
  /** Most spans handed to `next` between two of its flushes; half its queue. Default 1024. */
  readonly burst?: number;
}

/**
 * Holds the phases and request spans of a worker until their energy has settled, then hands enriched copies to `next`;
 * all other spans go on at once. It never throws into the host, and never hands on a span twice.
 */
export class FootprintSpanProcessor implements SdkSpanProcessor {
  readonly #next: SdkSpanProcessor;
  readonly #join: Join;
  #isShutdown: Promise<void> | undefined;

  constructor({ next, burst = 1024, ...options }: FootprintSpanProcessorOptions) {
    this.#next = next;
    this.#join = createJoin(resolveOptions(options), next, burst, this);
  }

  /** Spans held back or on their way to `next`. */
  get heldCount(): number {
    return this.#join.heldCount;
  }

  /**
   * Where each device's energy went between its first and its last reading: metered = attributed + both idle lines +
   * unattributed, in joules at the meter, before PUE. Phases that have not ended are in none of the attributed joules.
   */
  balances(): readonly DeviceBalance[] {
    return this.#join.balances();
  }

  onStart(span: SdkSpan, parentContext: Context): void {
    this.#next.onStart(span, parentContext);
    if (this.#isShutdown === undefined) this.#join.start(span);
  }

  onEnding(span: SdkSpan): void {
    this.#next.onEnding?.(span);
  }

  onEnd(span: SdkSpan): void {
    if (this.#isShutdown === undefined) this.#join.end(span);
  }

  /** Hands on everything held, with the status it has by now, and waits until it is exported. */
  forceFlush(): Promise<void> {
    return this.#isShutdown ?? this.#join.flush();
  }

  shutdown(): Promise<void> {
    this.#isShutdown ??= this.#join.shutdown().then(() => this.#next.shutdown());
    return this.#isShutdown;
  }
}

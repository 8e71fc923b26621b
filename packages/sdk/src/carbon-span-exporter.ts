import type { IntensitySource } from "@wattspan/footprint";
import { priceSpan } from "./figure.ts";
import type { SdkExportResult, SdkSpan, SdkSpanExporter } from "./sdk-shape.ts";

/**
 * Adds grams to spans that a `FootprintSpanProcessor` enriched, with the factors in force while the energy was drawn,
 * and hands all spans to the wrapped exporter. For factors that are better at export than when the figure was final.
 */
export class CarbonSpanExporter implements SdkSpanExporter {
  readonly #wrapped: SdkSpanExporter;
  readonly #intensity: IntensitySource;

  constructor(wrapped: SdkSpanExporter, intensity: IntensitySource) {
    this.#wrapped = wrapped;
    this.#intensity = intensity;
  }

  export(spans: SdkSpan[], resultCallback: (result: SdkExportResult) => void): void {
    for (const span of spans) {
      try {
        priceSpan(span, this.#intensity);
      } catch {
        // A source that fails leaves the span with its joules.
      }
    }
    this.#wrapped.export(spans, resultCallback);
  }

  async forceFlush(): Promise<void> {
    await this.#wrapped.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#wrapped.shutdown();
  }
}

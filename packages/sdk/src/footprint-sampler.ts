import type { Attributes, Context, Link, SpanKind } from "@opentelemetry/api";
import { phaseNameOf } from "@wattspan/footprint";
import { ATTR_FOOTPRINT_INFERENCE_PHASE } from "@wattspan/semconv";
import type { SdkSampler } from "./sdk-shape.ts";

/** SDK's `SamplingDecision.NOT_RECORD` and `.RECORD`. */
const NOT_RECORD = 0;
const RECORD = 1;

/**
 * Decides as the wrapped sampler does, but has phases recorded in any case, so that no work on a device is unseen.
 * What the wrapped sampler did not sample is not exported. A phase is known by `footprint.inference.phase` among the
 * attributes a span starts with; a sampler sees no scope.
 */
export class FootprintSampler<Result extends { readonly decision: number }>
  implements SdkSampler<Result>
{
  readonly #wrapped: SdkSampler<Result>;

  constructor(wrapped: SdkSampler<Result>) {
    this.#wrapped = wrapped;
  }

  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): Result {
    const decided = this.#wrapped.shouldSample(
      context,
      traceId,
      spanName,
      spanKind,
      attributes,
      links,
    );
    const isPhase = phaseNameOf(attributes[ATTR_FOOTPRINT_INFERENCE_PHASE]) !== undefined;
    return isPhase && decided.decision === NOT_RECORD ? { ...decided, decision: RECORD } : decided;
  }

  toString(): string {
    return `FootprintSampler{${this.#wrapped.toString()}}`;
  }
}

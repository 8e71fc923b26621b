import {
  type Footprint,
  footprintOf,
  type IntensitySource,
  type PhaseDescription,
  requestAttributes,
  rollUp,
} from "@wattspan/footprint";
import type { AttributeDetail } from "@wattspan/semconv";
import { createAttributeMerger } from "./merge-attributes.ts";
import { createPhaseMerger } from "./merge-phase.ts";
import type { SdkSpan } from "./sdk-shape.ts";
import type { PhaseFigure } from "./worker-ledger.ts";

/** Where an enriched copy keeps what its figures come from; the same in every copy of this package. */
const FIGURES: unique symbol = Symbol.for("wattspan.figures");

/** What the attributes of one span are computed from, so that grams can be added later. */
export interface SpanFigures {
  /** Attributes of the span as it ended. */
  readonly attributes: SdkSpan["attributes"];
  readonly detail: AttributeDetail;
  readonly phase:
    | { readonly figure: PhaseFigure; readonly description: PhaseDescription }
    | undefined;
  /** The phases of the request that this span rolls up, by start. */
  readonly parts: readonly PhaseFigure[] | undefined;
}

/** A span that can be changed: it is ours. */
type Copy = { -readonly [Key in keyof SdkSpan]: SdkSpan[Key] } & { [FIGURES]?: SpanFigures };

/** The footprint of a figure at the factors of `intensity`; the last one asked for is kept with the figure. */
export function priceFigure(
  figure: PhaseFigure,
  intensity: IntensitySource | undefined,
): Footprint {
  if (figure.context.intensity !== intensity) {
    figure.context = { ...figure.context, intensity };
    figure.footprint = undefined;
  }
  figure.footprint ??= footprintOf(figure.energy, figure.context);
  return figure.footprint;
}

/** A copy of an ended span with the attributes of its figures; the span itself is not touched. */
export function enrichSpan(
  span: SdkSpan,
  figures: SpanFigures,
  intensity: IntensitySource | undefined,
): SdkSpan {
  const context = span.spanContext();
  // All copies have the same fields in the same order, which is what makes reading them fast.
  const copy: Copy = {
    name: span.name,
    kind: span.kind,
    spanContext: () => context,
    parentSpanContext: span.parentSpanContext,
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes: attributesOf(figures, intensity),
    links: span.links,
    events: span.events,
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
    [FIGURES]: figures,
  };
  return copy;
}

/** Computes a copy's attributes again with these factors; spans that are not enriched copies stay as they are. */
export function priceSpan(span: SdkSpan, intensity: IntensitySource): void {
  const copy = span as Copy;
  const figures = copy[FIGURES];
  if (figures !== undefined) copy.attributes = attributesOf(figures, intensity);
}

const mergeAttributes = createAttributeMerger();
const mergePhase = {
  minimal: createPhaseMerger("minimal"),
  standard: createPhaseMerger("standard"),
  full: createPhaseMerger("full"),
};

function attributesOf(
  { attributes, detail, phase, parts }: SpanFigures,
  intensity: IntensitySource | undefined,
): SdkSpan["attributes"] {
  const merged =
    phase === undefined
      ? attributes
      : mergePhase[detail](attributes, priceFigure(phase.figure, intensity), phase.description);
  if (parts === undefined) return merged;
  const priced = parts.map((part) => priceFigure(part, intensity));
  const isFacility = priced.some(({ pue }) => pue > 1);
  return mergeAttributes(merged, requestAttributes(rollUp(priced), isFacility, 0, detail));
}

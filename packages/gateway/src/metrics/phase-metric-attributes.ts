import type { Attributes } from "@opentelemetry/api";
import {
  type Footprint,
  type IntensitySource,
  instantOf,
  phaseAttributes,
  type WeightMethod,
} from "@wattspan/footprint";
import {
  ATTR_FOOTPRINT_ATTRIBUTION_IDLE_POLICY,
  ATTR_FOOTPRINT_ATTRIBUTION_METHOD,
  ATTR_FOOTPRINT_ATTRIBUTION_REASON,
  ATTR_FOOTPRINT_DEVICE_COUNT,
  ATTR_FOOTPRINT_ENERGY_SOURCE,
  ATTR_FOOTPRINT_GRID_ACCOUNTING_METHOD,
  ATTR_FOOTPRINT_GRID_PROVIDER_NAME,
  ATTR_FOOTPRINT_GRID_SIGNAL_TYPE,
  ATTR_FOOTPRINT_GRID_ZONE,
  ATTR_FOOTPRINT_INFERENCE_PHASE,
  ATTR_FOOTPRINT_MEASUREMENT_STATUS,
  ATTR_FOOTPRINT_RESTATEMENT_REASON,
  ATTR_GEN_AI_REQUEST_MODEL,
} from "@wattspan/semconv";
import type { ReportedPhase } from "../trace/report-phases.ts";

const energyKeys: ReadonlySet<string> = new Set([
  ATTR_FOOTPRINT_MEASUREMENT_STATUS,
  ATTR_FOOTPRINT_ATTRIBUTION_METHOD,
  ATTR_FOOTPRINT_ATTRIBUTION_IDLE_POLICY,
  ATTR_FOOTPRINT_ATTRIBUTION_REASON,
  ATTR_FOOTPRINT_ENERGY_SOURCE,
  ATTR_FOOTPRINT_DEVICE_COUNT,
]);

/** Which work it was: phase, model and dimensions. */
export function workAttributes({ traced, dimensions }: ReportedPhase): Attributes {
  const { model } = traced.request;
  return {
    ...Object.fromEntries(dimensions),
    [ATTR_FOOTPRINT_INFERENCE_PHASE]: traced.derived.phase,
    ...(model === undefined ? {} : { [ATTR_GEN_AI_REQUEST_MODEL]: model }),
  };
}

/** What came of a phase. */
export function outcomeAttributes({ status, reason }: Footprint): Attributes {
  return {
    [ATTR_FOOTPRINT_MEASUREMENT_STATUS]: status,
    ...(reason === undefined ? {} : { [ATTR_FOOTPRINT_ATTRIBUTION_REASON]: reason }),
  };
}

/** Attributes of an energy figure, with the values that its span has. */
export function energyAttributes(phase: ReportedPhase, weights: WeightMethod): Attributes {
  const { derived } = phase.traced;
  const { intervalSource } = derived;
  const onSpan = phaseAttributes(
    phase.footprint,
    { phase: derived.phase, intervalSource, weights, revision: 0 },
    "full",
  );
  const attributes = workAttributes(phase);
  for (const { key, value } of onSpan) {
    if (!energyKeys.has(key)) continue;
    attributes[key] = typeof value === "string" ? value : Number(value);
  }
  return attributes;
}

/** What a carbon figure has besides: a figure over several factors of one source has what they share. */
export function carbonAttributes(
  { traced, footprint }: ReportedPhase,
  intensity: IntensitySource | undefined,
): Attributes {
  const { zone } = footprint;
  if (zone === undefined) return {};
  const atEnd = intensity?.factorAt(zone, instantOf(traced.staged.endUnixNano));
  const factor = footprint.factor ?? (atEnd && "missing" in atEnd ? undefined : atEnd);
  return {
    [ATTR_FOOTPRINT_GRID_ZONE]: zone,
    ...(factor === undefined
      ? {}
      : {
          [ATTR_FOOTPRINT_GRID_SIGNAL_TYPE]: factor.signal,
          [ATTR_FOOTPRINT_GRID_PROVIDER_NAME]: factor.provider,
          ...(factor.accounting === "location_based"
            ? {}
            : { [ATTR_FOOTPRINT_GRID_ACCOUNTING_METHOD]: factor.accounting }),
        }),
  };
}

/** Attributes of a correction. */
export function correctionAttributes(phase: ReportedPhase, reason: string): Attributes {
  return { ...workAttributes(phase), [ATTR_FOOTPRINT_RESTATEMENT_REASON]: reason };
}

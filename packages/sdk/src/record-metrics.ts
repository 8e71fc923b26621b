import { type Attributes, type Meter, metrics } from "@opentelemetry/api";
import type { Footprint } from "@wattspan/footprint";
import {
  ATTR_FOOTPRINT_ATTRIBUTION_REASON,
  ATTR_FOOTPRINT_GRID_SIGNAL_TYPE,
  ATTR_FOOTPRINT_GRID_ZONE,
  ATTR_FOOTPRINT_INFERENCE_PHASE,
  ATTR_FOOTPRINT_MEASUREMENT_STATUS,
  ATTR_GEN_AI_REQUEST_MODEL,
  METRIC_FOOTPRINT_INFERENCE_CARBON,
  METRIC_FOOTPRINT_INFERENCE_ENERGY,
  METRIC_FOOTPRINT_INFERENCE_TOKENS,
  METRIC_FOOTPRINT_JOIN_DELAY,
  METRIC_FOOTPRINT_JOIN_SPANS,
} from "@wattspan/semconv";

/** One phase as it leaves. */
interface PhaseOutcome {
  readonly phase: string;
  readonly model: string | undefined;
  readonly processedTokens: number | undefined;
  readonly footprint: Footprint;
  readonly delayMs: number;
}

/** Metrics of ours, through the API's global meter provider. */
export interface MetricRecorder {
  recordPhase(outcome: PhaseOutcome): void;
  /** A span that left without a figure, or did not leave, and why. */
  recordLoss(reason: string): void;
}

/** Creates the instruments; a provider that is set up later is found too. */
export function createMetricRecorder(
  meter: Meter = metrics.getMeter("@wattspan/sdk"),
): MetricRecorder {
  const energy = meter.createHistogram(METRIC_FOOTPRINT_INFERENCE_ENERGY, { unit: "J" });
  const carbon = meter.createHistogram(METRIC_FOOTPRINT_INFERENCE_CARBON, { unit: "g" });
  const tokens = meter.createCounter(METRIC_FOOTPRINT_INFERENCE_TOKENS, { unit: "{token}" });
  const spans = meter.createCounter(METRIC_FOOTPRINT_JOIN_SPANS, { unit: "{span}" });
  const delay = meter.createHistogram(METRIC_FOOTPRINT_JOIN_DELAY, { unit: "s" });
  return {
    recordPhase({ phase, model, processedTokens, footprint, delayMs }) {
      const { status, reason, energy: found, gramsCo2e, factor, zone } = footprint;
      const work: Attributes = { [ATTR_FOOTPRINT_INFERENCE_PHASE]: phase };
      if (model !== undefined) work[ATTR_GEN_AI_REQUEST_MODEL] = model;
      const outcome: Attributes = { [ATTR_FOOTPRINT_MEASUREMENT_STATUS]: status };
      if (reason !== undefined) outcome[ATTR_FOOTPRINT_ATTRIBUTION_REASON] = reason;
      spans.add(1, outcome);
      delay.record(delayMs / 1000);
      if (processedTokens !== undefined) tokens.add(processedTokens, work);
      if (found === undefined || phase === "kv_transfer") return;
      const figure = { ...work, ...outcome };
      energy.record(found.energyJoules * footprint.pue, figure);
      if (gramsCo2e === undefined) return;
      carbon.record(gramsCo2e, {
        ...figure,
        [ATTR_FOOTPRINT_GRID_SIGNAL_TYPE]: factor?.signal ?? "average",
        ...(zone === undefined ? {} : { [ATTR_FOOTPRINT_GRID_ZONE]: zone }),
      });
    },
    recordLoss(reason) {
      spans.add(1, {
        [ATTR_FOOTPRINT_MEASUREMENT_STATUS]: "missing",
        [ATTR_FOOTPRINT_ATTRIBUTION_REASON]: reason,
      });
    },
  };
}

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

/** What the attributes of a phase's metrics are made of. */
interface Told extends Pick<Footprint, "status" | "reason" | "zone"> {
  readonly phase: string;
  readonly model: string | undefined;
  readonly signal: string;
}

/** Phases whose metrics have the same attributes. */
interface Kind extends Told {
  readonly work: Attributes;
  readonly outcome: Attributes;
  readonly energy: Attributes;
  readonly carbon: Attributes;
}

/** Kinds whose attributes are kept ready. */
const MAX_KINDS = 32;

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
  const kinds: Kind[] = [];

  function kindOf({ phase, model, footprint }: PhaseOutcome): Kind {
    const { status, reason, zone } = footprint;
    const signal = footprint.factor?.signal ?? "average";
    for (const kind of kinds) {
      if (
        kind.phase === phase &&
        kind.model === model &&
        kind.status === status &&
        kind.reason === reason &&
        kind.zone === zone &&
        kind.signal === signal
      ) {
        return kind;
      }
    }
    const kind = createKind({ phase, model, status, reason, zone, signal });
    kinds.unshift(kind);
    if (kinds.length > MAX_KINDS) kinds.pop();
    return kind;
  }

  return {
    recordPhase(outcome) {
      const { phase, processedTokens, footprint, delayMs } = outcome;
      const { energy: found, gramsCo2e } = footprint;
      const kind = kindOf(outcome);
      spans.add(1, kind.outcome);
      delay.record(delayMs / 1000);
      if (processedTokens !== undefined) tokens.add(processedTokens, kind.work);
      if (found === undefined || phase === "kv_transfer") return;
      energy.record(found.energyJoules * footprint.pue, kind.energy);
      if (gramsCo2e !== undefined) carbon.record(gramsCo2e, kind.carbon);
    },
    recordLoss(reason) {
      spans.add(1, {
        [ATTR_FOOTPRINT_MEASUREMENT_STATUS]: "missing",
        [ATTR_FOOTPRINT_ATTRIBUTION_REASON]: reason,
      });
    },
  };
}

function createKind(told: Told): Kind {
  const { phase, model, status, reason, zone, signal } = told;
  const work: Attributes = { [ATTR_FOOTPRINT_INFERENCE_PHASE]: phase };
  if (model !== undefined) work[ATTR_GEN_AI_REQUEST_MODEL] = model;
  const outcome: Attributes = { [ATTR_FOOTPRINT_MEASUREMENT_STATUS]: status };
  if (reason !== undefined) outcome[ATTR_FOOTPRINT_ATTRIBUTION_REASON] = reason;
  const energy = { ...work, ...outcome };
  const carbon: Attributes = { ...energy, [ATTR_FOOTPRINT_GRID_SIGNAL_TYPE]: signal };
  if (zone !== undefined) carbon[ATTR_FOOTPRINT_GRID_ZONE] = zone;
  return { ...told, work, outcome, energy, carbon };
}
